import { classifierVersion, TextClassifier, type ClassifierTables, type Label } from '@app/domain';
import { ConfigFaults, loadClassifierTables, type ConfigFault } from '@app/settings';
import { CutText } from './cut-text';
import { loadTokeniser, userDictionary } from './tokeniser';

export interface ClassifyInput {
  title: string;
  text: string;
  publishedAt?: Date | string | null;
}

export interface Classifier {
  /** Changes with weights, thresholds, lexicons, tables, dictionary and rule code; items keep it. */
  version: string;
  /** @param cut of the same title and text, where others ask for its words too */
  classify(input: ClassifyInput, cut?: CutText): Label;
}

/**
 * The classifier over config/: tables, model, tokeniser. Throws ConfigFaults when a table is wrong.
 * Takes a config folder or anything that has one.
 */
export function createClassifier(from: string | { configDir: string }): Classifier {
  const configDir = typeof from === 'string' ? from : from.configDir;
  const faults: ConfigFault[] = [];
  const tables = loadClassifierTables(configDir, faults);
  if (tables === null || faults.length > 0) throw new ConfigFaults(faults);
  return classifierOf(tables, configDir);
}

/** The same over tables that are already read. */
export function classifierOf(tables: ClassifierTables, configDir: string): Classifier {
  if (tables.model === null) throw new Error('the classifier has no model: npm run train writes config/classifier');
  loadTokeniser(configDir);
  const version = classifierVersion(tables, userDictionary(configDir));
  const classifier = new TextClassifier(tables, { ...tables.model, version });
  return {
    version,
    classify: ({ title, text, publishedAt }, cut = new CutText(title, text)) =>
      classifier.classify(cut.prepared, cut.statisticWords(), publishedYear(publishedAt)),
  };
}

/** Year of publication; null when unknown. A year is coarse enough to need no zone but for New Year's night. */
export function publishedYear(at: Date | string | null | undefined): number | null {
  if (at === null || at === undefined) return null;
  if (at instanceof Date) return Number.isNaN(at.getTime()) ? null : at.getUTCFullYear();
  const m = /(?:19|20)\d{2}/.exec(at);
  return m === null ? null : Number(m[0]);
}
