import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { runProcess } from '@app/storage';
import { RulesModule } from './rules.module';

void runProcess('rules', (settings, logger) =>
  NestFactory.createApplicationContext(RulesModule.of(settings), { logger, abortOnError: false }),
);
