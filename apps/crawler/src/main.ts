import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { runProcess } from '@app/storage';
import { CrawlerModule } from './crawler.module';

void runProcess('crawler', (settings, logger) =>
  NestFactory.createApplicationContext(CrawlerModule.of(settings), { logger, abortOnError: false }),
);
