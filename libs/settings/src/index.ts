export * from './channel.schema';
export * from './config-file';
export * from './main.schema';
export * from './project-root';
export * from './settings';
export * from './settings.module';
