import { ROLE_NAMES, ROLES, type Role } from '@app/domain';
import type { NewAccount } from './account-book';

/** A table as it was read: cells by heading, with the number of their line in the file. */
export interface ReadTable {
  headings: string[];
  rows: { row: number; cells: Record<string, string> }[];
}

/** What is wrong in one line: the heading as written in the file, and what is allowed. */
export interface LineFault {
  line: number;
  column: string;
  reason: string;
}

/** Headings by what they mean; in Chinese or as the API calls them. */
const USER_COLUMNS = {
  username: ['用户名', '账号', 'username'],
  displayName: ['姓名', 'displayName', 'name'],
  role: ['角色', 'role'],
  department: ['部门', 'department', 'departmentId'],
  region: ['地区', 'region'],
  email: ['邮箱', 'email'],
  phone: ['手机', '手机号', 'phone'],
} as const;
const DEPARTMENT_COLUMNS = {
  id: ['编号', 'id'],
  name: ['名称', '部门', 'name'],
  region: ['地区', 'region'],
  duties: ['职责', 'duties'],
} as const;
const MOST_LINES = 500;

export const isUserHeading = (h: string): boolean => isKnown(USER_COLUMNS, h);
export const isDepartmentHeading = (h: string): boolean => isKnown(DEPARTMENT_COLUMNS, h);

/** A line as written, before anything of it was checked against the database. */
export type UserLine = { line: number } & Record<keyof typeof USER_COLUMNS, string>;
export type DepartmentLine = { line: number } & Record<keyof typeof DEPARTMENT_COLUMNS, string>;

export function readUserLines(table: ReadTable): { lines: UserLine[]; faults: LineFault[] } {
  return readLines(table, USER_COLUMNS, ['username', 'displayName', 'role']);
}

export function readDepartmentLines(table: ReadTable): { lines: DepartmentLine[]; faults: LineFault[] } {
  return readLines(table, DEPARTMENT_COLUMNS, ['id', 'name']);
}

type Columns = Record<string, readonly string[]>;

function readLines<C extends Columns>(table: ReadTable, columns: C, needed: (keyof C & string)[]): { lines: ({ line: number } & Record<keyof C, string>)[]; faults: LineFault[] } {
  const faults: LineFault[] = [];
  const headingOf = (key: string): string | undefined => table.headings.find((h) => columns[key]!.includes(h.trim()));
  for (const key of needed) if (headingOf(key) === undefined) faults.push({ line: 1, column: columns[key]![0]!, reason: `缺少“${columns[key]![0]}”一列` });
  const strange = table.headings.find((h) => h.trim() !== '' && !isKnown(columns, h));
  if (strange !== undefined) faults.push({ line: 1, column: strange, reason: `不认识的列“${strange}”；可以有：${Object.values(columns).map((c) => c[0]).join('、')}` });
  if (table.rows.length === 0) faults.push({ line: 1, column: '', reason: '没有一行内容' });
  if (table.rows.length > MOST_LINES) faults.push({ line: MOST_LINES + 2, column: '', reason: `一次最多 ${MOST_LINES} 行，现有 ${table.rows.length} 行` });
  const lines = table.rows.slice(0, MOST_LINES).map(({ row, cells }) => {
    const read = Object.keys(columns).map((key) => [key, (cells[headingOf(key) ?? ''] ?? '').trim()]);
    return { line: row, ...Object.fromEntries(read) } as { line: number } & Record<keyof C, string>;
  });
  return { lines, faults };
}

const isKnown = (columns: Columns, heading: string): boolean => Object.values(columns).some((names) => names.includes(heading.trim()));

/** The account of a line. Departments are named by id or by name, regions as people write them. */
export function accountOf(
  line: UserLine,
  known: { departments: readonly { id: string; name: string }[]; codeOf: (region: string) => string | null },
): { account: NewAccount; faults: Omit<LineFault, 'line'>[] } {
  const faults: Omit<LineFault, 'line'>[] = [];
  const role = ROLES.find((r) => r === line.role || ROLE_NAMES[r] === line.role);
  if (!role) faults.push({ column: '角色', reason: `角色须为其中之一：${ROLES.map((r) => ROLE_NAMES[r]).join('、')}` });
  const department = known.departments.find((d) => d.id === line.department) ?? only(known.departments.filter((d) => d.name === line.department));
  if (line.department !== '' && !department) faults.push({ column: '部门', reason: `没有编号或名称为“${line.department}”的部门，或有同名的：请用编号` });
  const region = line.region === '' ? null : known.codeOf(line.region);
  if (line.region !== '' && region === null) faults.push({ column: '地区', reason: `没有叫“${line.region}”的地区；须为行政区划代码或“赣州市/寻乌县”这样的名称` });
  const account = {
    username: line.username.toLowerCase(),
    displayName: line.displayName,
    role: role ?? ('auditor' satisfies Role),
    departmentId: department?.id ?? null,
    region,
    email: line.email || null,
    phone: line.phone || null,
  };
  return { account, faults };
}

const only = <T>(list: readonly T[]): T | undefined => (list.length === 1 ? list[0] : undefined);

/** The heading of a field of an account, as a fault names it. */
export const USER_HEADING: Record<string, string> = { username: '用户名', displayName: '姓名', role: '角色', departmentId: '部门', region: '地区', email: '邮箱', phone: '手机' };
