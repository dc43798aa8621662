import { buildFoldTable, type FoldTable } from '@app/domain';
import { Converter } from 'opencc-js/t2cn';

let foldTable: FoldTable | null = null;

/** Traditional to simplified, full-width to half-width: built once. */
export function textFold(): FoldTable {
  foldTable ??= buildFoldTable(Converter({ from: 't', to: 'cn' }));
  return foldTable;
}
