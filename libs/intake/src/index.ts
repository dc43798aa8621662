export * from './intake-fault';
export * from './decode';
export * from './plain-text';
export * from './feed-parser';
export * from './json-endpoint';
