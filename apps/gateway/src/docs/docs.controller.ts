import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Controller, Get, Header, Inject } from '@nestjs/common';
import { SETTINGS, type Settings } from '@app/settings';
import { Allow } from '../allow';
import { Answers, AnswersPage } from '../answers';
import { RouteBook } from '../route-book';
import { documentOf, type Told } from './api-document';
import { PAGE_STYLE, pageOf } from './api-page';

/** What the API is, for whoever connects a program: no secret, hence open; what is behind it asks for rights. */
@Controller('api/docs')
export class DocsController {
  private document: Record<string, unknown> | null = null;

  constructor(
    private readonly book: RouteBook,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @AnswersPage()
  @Allow('open')
  page(): string {
    return pageOf(this.whole());
  }

  @Get('openapi.json')
  @Allow('open')
  json(): Record<string, unknown> {
    return this.whole();
  }

  @Get('page.css')
  @Header('content-type', 'text/css; charset=utf-8')
  @Answers('text/css')
  @Allow('open')
  style(): string {
    return PAGE_STYLE;
  }

  private whole(): Record<string, unknown> {
    if (this.document === null) {
      // Made by the build from the code that is running: without it there is no build either.
      const told = JSON.parse(readFileSync(join(this.settings.projectRoot, 'dist', 'answers.json'), 'utf8')) as Told;
      this.document = documentOf(this.book.routes(), told, this.settings.deployment.name);
    }
    return this.document;
  }
}
