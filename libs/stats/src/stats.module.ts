import { Module } from '@nestjs/common';
import { AccountabilityDesk } from './accountability-desk.service';
import { AssessmentDesk } from './assessment-desk.service';
import { BacktestDesk, BacktestRunner } from './backtest-desk.service';
import { MonthFold } from './month-fold.service';
import { MonthKeeper } from './month-keeper.service';
import { MonthShelf } from './month-shelf.service';
import { ReportDesk } from './report-desk.service';
import { ReportPost } from './report-post.service';
import { ReportShelf } from './report-shelf.service';
import { StatsService } from './stats.service';

const ASKED = [AccountabilityDesk, AssessmentDesk, BacktestDesk, MonthFold, MonthShelf, ReportDesk, ReportShelf, StatsService];

/** Needs the DataSource of the storage module and the settings in the same application. */
@Module({ providers: ASKED, exports: ASKED })
export class StatsModule {}

/** What works by itself: the months kept up to date, scheduled reports, backtests. In one kind of process, several side by side are fine. */
@Module({ imports: [StatsModule], providers: [BacktestRunner, MonthKeeper, ReportPost], exports: [ReportPost] })
export class StatsWorkModule {}
