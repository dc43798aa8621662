export * from './fold-store';
export * from './month-fold.service';
export * from './month-recount';
export * from './stats.module';
export * from './stats.service';
