export * from './document';
export * from './month-document';
