export * from './ledger';
export { LEDGER_MAX, readLedger } from './read-ledger';
