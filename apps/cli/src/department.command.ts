import type { Command } from 'commander';
import { importDepartments } from './person-file';

/** `department import`: those of other places than config/departments.yaml, which the classifier proposes for no topic. */
export function departmentCommand(program: Command): void {
  program
    .command('department')
    .description('departments beside config/departments.yaml (db)')
    .command('import <file>')
    .description('csv or xlsx with 编号, 名称 and, where wanted, 地区, 职责: all or nothing; a known 编号 is changed')
    .option('--dry-run', 'every line and every fault, nothing is written')
    .action((file: string, o: { dryRun?: boolean }) => importDepartments(file, o.dryRun ?? false));
}
