export * from './intake-fault';
export * from './decode';
export * from './plain-text';
export * from './feed-parser';
export * from './json-endpoint';
export * from './article-parser';
export * from './list-parser';
export * from './page-parser';
