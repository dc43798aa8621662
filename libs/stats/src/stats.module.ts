import { Module } from '@nestjs/common';
import { StatsService } from './stats.service';

/** Needs the DataSource of the storage module in the same application. */
@Module({ providers: [StatsService], exports: [StatsService] })
export class StatsModule {}
