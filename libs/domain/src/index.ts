export * from './label';
export * from './rule';
export * from './clock';
export * from './item';
export * from './wire';
