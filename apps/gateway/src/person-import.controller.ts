import { Controller, HttpCode, Inject, Post, UploadedFile, UseInterceptors } from '@nestjs/common';
import { FileInterceptor } from '@nestjs/platform-express';
import {
  AccountsPolicy,
  isDepartmentHeading,
  isUserHeading,
  type LineFault,
  PersonImport,
  type Principal,
  type ReadTable,
} from '@app/accounts';
import { isWhole } from '@app/domain';
import { AccountMove, plainFileName } from '@app/response';
import { SETTINGS, type Settings } from '@app/settings';
import { Allow } from './allow';
import { LiveSessions } from './live/live-sessions';
import { Me } from './principal';
import { Problem } from './problem';
import { RegionSight } from './region-sight';
import { manages } from './user.controller';

const FILE = FileInterceptor('file', {
  limits: { fileSize: 1024 * 1024, files: 1, fields: 0 },
  defParamCharset: 'utf8',
});
interface Upload {
  originalname: string;
  buffer: Buffer;
}

/**
 * Users and departments from a table: first what would be made, line by line, then all or nothing. Takes no Idempotency-Key: the
 * answer with the one-time passwords would be kept.
 */
@UseInterceptors(FILE)
@Controller('api/v1')
export class PersonImportController {
  constructor(
    private readonly people: PersonImport,
    private readonly regions: RegionSight,
    private readonly moves: AccountMove,
    private readonly policy: AccountsPolicy,
    private readonly live: LiveSessions,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Post('users/import/preview')
  @HttpCode(200)
  @Allow('user.write')
  async previewUsers(@Me() me: Principal, @UploadedFile() upload?: Upload) {
    return this.people.planUsers(await tableOf(upload, isUserHeading), this.terms(me));
  }

  @Post('users/import')
  @Allow('user.write')
  async takeUsers(@Me() me: Principal, @UploadedFile() upload?: Upload) {
    const done = await this.people.takeUsers(await tableOf(upload, isUserHeading), this.terms(me), me.username);
    if (!done.ok) throw refused(done.faults);
    return { users: done.users };
  }

  @Post('departments/import/preview')
  @HttpCode(200)
  @Allow('department.write')
  async previewDepartments(@Me() me: Principal, @UploadedFile() upload?: Upload) {
    return this.people.planDepartments(await tableOf(upload, isDepartmentHeading), this.terms(me), this.kept());
  }

  @Post('departments/import')
  @Allow('department.write')
  async takeDepartments(@Me() me: Principal, @UploadedFile() upload?: Upload) {
    const done = await this.people.takeDepartments(
      await tableOf(upload, isDepartmentHeading),
      this.terms(me),
      this.kept(),
      me.username,
      (tx, moved) => this.moves.followDepartments(tx, moved, this.policy.home),
    );
    if (!done.ok) throw refused(done.faults);
    await this.live.recheck();
    return { added: done.added, changed: done.changed };
  }

  private kept(): string[] {
    return this.settings.departments.map((d) => d.id);
  }

  /** An administrator of a county makes accounts of that county alone; without a region they get it. */
  private terms(me: Principal) {
    return {
      codeOf: (region: string) => {
        const code = this.regions.codeOf(region);
        return /^\d{6,12}$/.test(code) ? code : null;
      },
      refusal: (a: { region?: string | null }) =>
        isWhole(me) || manages(me, a.region ?? null) ? null : { column: '地区', reason: '须为您的地区或其下级' },
    };
  }
}

/** The readers of tables are the intake's: loaded where a file comes in, the gateway starts without them. */
async function tableOf(upload: Upload | undefined, isHeading: (h: string) => boolean): Promise<ReadTable> {
  if (!upload) throw new Problem(422, 'file：须上传一个 .csv 或 .xlsx 文件（最大 1 MB）', { field: 'file' });
  const { readTable, TableFault } = await import('@app/intake');
  try {
    return await readTable(plainFileName(upload.originalname), upload.buffer, isHeading);
  } catch (error) {
    if (error instanceof TableFault) throw new Problem(422, `file：${error.message}`, { field: 'file' });
    throw error;
  }
}

function refused(faults: LineFault[]): Problem {
  const told = faults.map((f) => ({ key: `第 ${f.line} 行${f.column && ` ${f.column}`}`, reason: f.reason }));
  return new Problem(422, `文件有 ${faults.length} 处错误，没有导入任何一行`, { field: 'file', faults: told });
}
