export {
  currentMonth,
  describeParts,
  layOutParts,
  loadParts,
  MONTH_TABLES,
  type MonthPart,
  monthOf,
  type MonthTable,
  turnMonth,
} from './month-part';
export { MonthKeeper } from './month-keeper.service';
export { MonthsModule } from './months.module';
