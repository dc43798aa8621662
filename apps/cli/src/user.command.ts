import type { Command } from 'commander';
import { type AccountBook, maskedContact } from '@app/accounts';
import { beijingIso, ROLES, type Role } from '@app/domain';
import { importUsers } from './person-file';
import { writeLine } from './json-lines';

const ACTOR = 'cli';
/** These see their own department only. */
const DEPARTMENT_ROLES: readonly Role[] = ['department_contact', 'department_head'];

interface AddOptions {
  name?: string;
  role: string;
  department?: string;
  region?: string;
  email?: string;
  phone?: string;
}

type ChangeOptions = Partial<Pick<AddOptions, 'name' | 'role' | 'department' | 'region'>>;

/** `user add|change|import|list|disable|reset-password`: results as JSON Lines; a one-time password is shown once. */
export function userCommand(program: Command): void {
  const user = program.command('user').description('accounts (db)');
  user
    .command('add <username>')
    .description('add an account; prints its one-time password')
    .requiredOption('--role <role>', ROLES.join(', '))
    .option('--name <name>', 'display name (default: the user name)')
    .option('--department <id>', 'id of config/departments.yaml; needed for department_contact and department_head')
    .option('--region <region>', 'sees this region and below; default: no bound')
    .option('--email <address>', 'where alerts by e-mail go')
    .option('--phone <number>', 'where alerts by SMS go')
    .action((username: string, o: AddOptions) => {
      const fault = roleFault(o);
      if (fault !== null) throw new Error(fault);
      return withBook(async (book) => {
        const made = await book.add(
          {
            username,
            displayName: o.name ?? username,
            role: o.role as Role,
            departmentId: o.department ?? null,
            region: o.region ? await codeOf(o.region) : null,
            email: o.email ?? null,
            phone: o.phone ?? null,
          },
          ACTOR,
        );
        return made.ok ? { id: made.account.id, username, oneTimePassword: made.oneTimePassword } : refused(made);
      });
    });
  user
    .command('import <file>')
    .description(
      'csv or xlsx with 用户名, 姓名, 角色 and, where wanted, 部门, 地区, 邮箱, 手机: all or nothing; prints the one-time passwords once',
    )
    .option('--dry-run', 'every line and every fault, nothing is written')
    .action((file: string, o: { dryRun?: boolean }) => importUsers(file, o.dryRun ?? false));
  user
    .command('list')
    .description('all accounts')
    .action(() =>
      withBook(async (book) => {
        for (const account of await book.list()) {
          await writeLine({
            ...account,
            ...maskedContact(account),
            createdAt: beijingIso(account.createdAt),
            lockedUntil: account.lockedUntil && beijingIso(account.lockedUntil),
          });
        }
        return null;
      }),
    );
  user
    .command('change <username>')
    .description(
      'another role, department, region or name; alerts and shifts of what it was before are withdrawn, open dashboards begin anew',
    )
    .option('--role <role>', ROLES.join(', '))
    .option('--department <id>', 'id of a department; "none" takes it away')
    .option('--region <region>', 'sees this region and below; "none" takes the bound away')
    .option('--name <name>', 'display name')
    .action((username: string, o: ChangeOptions) => changeUser(username, o));
  user
    .command('disable <username>')
    .description('end its sessions and refuse its sign-in; nothing it did is deleted')
    .action((username: string) =>
      withAccount(username, async (book, id) => {
        const done = await book.disable(id, ACTOR);
        return done.ok ? { id, username, disabled: true } : refused(done);
      }),
    );
  user
    .command('reset-password <username>')
    .description('print a new one-time password; lifts a lock-out and puts a disabled account back in service')
    .action((username: string) =>
      withAccount(username, async (book, id) => {
        const done = await book.resetPassword(id, ACTOR);
        return done.ok ? { id, username, oneTimePassword: done.oneTimePassword } : refused(done);
      }),
    );
}

/** As the page 用户与部门 does it: in one transaction with its record and with what the account loses. */
async function changeUser(username: string, o: ChangeOptions): Promise<void> {
  const fault = changeFault(o);
  if (fault !== null) throw new Error(fault);
  const [{ openAccountChange }, { AccountMove }, { loadSettings }, { withDatabase }] = await Promise.all([
    import('@app/accounts'),
    import('@app/response'),
    import('@app/settings'),
    import('./open-database'),
  ]);
  const wanted = {
    ...(o.name === undefined ? {} : { displayName: o.name }),
    ...(o.role === undefined ? {} : { role: o.role as Role }),
    ...(o.department === undefined ? {} : { departmentId: o.department === NONE ? null : o.department }),
    ...(o.region === undefined ? {} : { region: o.region === NONE ? null : await codeOf(o.region) }),
  };
  const moves = new AccountMove();
  await withDatabase(async (dataSource) => {
    const { book, changes } = openAccountChange(dataSource, loadSettings().deployment.regionCode);
    const id = await book.idOf(username);
    if (id === null) return writeLine(refused({ reason: `没有用户名为“${username}”的账号` }));
    const done = await changes.change(id, wanted, ACTOR, {
      follow: (tx, { after, whole, officeChanged }) =>
        moves.follow(
          tx,
          id,
          { role: after.role, departmentId: after.departmentId, region: after.effectiveRegion, whole },
          officeChanged,
        ),
    });
    if (!done.ok) return writeLine(refused(done));
    const { role, departmentId, region, displayName } = done.account;
    return writeLine({ id, username, displayName, role, departmentId, region, changed: done.moved, ...done.followed });
  });
}

/** Takes a department or a region away. */
const NONE = 'none';

/** Why nothing can be changed by these options; null where it can. What fits together is decided where the account is known. */
export function changeFault(o: ChangeOptions): string | null {
  if (Object.values(o).every((v) => v === undefined))
    return 'nothing to change: give --role, --department, --region or --name';
  return o.role === undefined || ROLES.some((r) => r === o.role)
    ? null
    : `--role ${JSON.stringify(o.role)}: allowed is one of ${ROLES.join(', ')}`;
}

function withAccount(username: string, act: (book: AccountBook, id: string) => Promise<unknown>): Promise<void> {
  return withBook(async (book) => {
    const id = await book.idOf(username);
    return id === null ? refused({ reason: `没有用户名为“${username}”的账号` }) : act(book, id);
  });
}

async function withBook(act: (book: AccountBook) => Promise<unknown>): Promise<void> {
  // Loaded here: the commands that need no database start without it.
  const [{ openAccountBook }, { withDatabase }] = await Promise.all([
    import('@app/accounts'),
    import('./open-database'),
  ]);
  await withDatabase(async (dataSource) => {
    const line = await act(openAccountBook(dataSource));
    if (line !== null) await writeLine(line);
  });
}

async function codeOf(region: string): Promise<string> {
  const { loadSettings, regionCode } = await import('@app/settings');
  return regionCode(loadSettings().deployment, region);
}

/** Why a role (and its department) cannot be; null where it can. */
export function roleFault({ role, department }: Pick<AddOptions, 'role' | 'department'>): string | null {
  if (!ROLES.some((r) => r === role)) return `--role ${JSON.stringify(role)}: allowed is one of ${ROLES.join(', ')}`;
  if (!DEPARTMENT_ROLES.some((r) => r === role) || department !== undefined) return null;
  return `--role ${role} needs --department ID: allowed is an id of config/departments.yaml`;
}

/** An expected refusal: said in its place, exit status 1. */
function refused(refusal: { reason: string; field?: string }): unknown {
  process.exitCode = 1;
  return { error: refusal.reason, ...(refusal.field === undefined ? {} : { field: refusal.field }) };
}
