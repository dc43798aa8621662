import { Module } from '@nestjs/common';
import { MonthKeeper } from './month-keeper.service';

/** For processes that work in the background: the months of big tables are cut. Storage is there already (StorageModule). */
@Module({ providers: [MonthKeeper], exports: [MonthKeeper] })
export class MonthsModule {}
