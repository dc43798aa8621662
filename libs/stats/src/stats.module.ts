import { Module } from '@nestjs/common';
import { MonthFold } from './month-fold.service';
import { StatsService } from './stats.service';

/** Needs the DataSource of the storage module in the same application. */
@Module({ providers: [MonthFold, StatsService], exports: [MonthFold, StatsService] })
export class StatsModule {}
