-- The planner joins by the figures of the whole partitioned table, which autovacuum does not gather; from now on the month keeper
-- does. Apart from 0090, so that nobody who reads waits for it.
analyze item;
analyze case_event;
