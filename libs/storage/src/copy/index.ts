export { type BackupManifest, checkBackup, moveDatabase, restoreBackup, writeBackup } from './backup';
