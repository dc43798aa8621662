export * from './division';
export * from './gazetteer';
export * from './resolve';
