export * from './delivery-loop.service';
export * from './email-sender';
export * from './message';
export * from './notify.module';
export * from './open-sender';
export * from './robot-sender';
export * from './sender';
export * from './webhook-sender';
