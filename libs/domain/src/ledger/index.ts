export * from './ledger';
export * from './ledger-words';
export { LEDGER_MAX, readLedger } from './read-ledger';
