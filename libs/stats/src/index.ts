export * from './month-rows';
export * from './stats.module';
export * from './stats.service';
