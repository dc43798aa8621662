export * from './document';
export * from './month-document';
export * from './accountability';
export * from './case-document';
export * from './effect';
export * from './matter-document';
export * from './period-document';
