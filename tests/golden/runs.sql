-- SPDX-License-Identifier: ISC
-- The runs of traces.ndjson, which has traces alone, and that every vantage was
-- well: without that a prefix that was withdrawn is not "down". For both engines.
INSERT INTO run (vantage_id, campaign_id, slot, epoch, planned_us, started_us,
    finished_us, state, traces_n, sent_n, received_n, drops_n, health)
SELECT vantage_id, campaign_id, slot, epoch, min(started_us), min(started_us),
    max(started_us) + 3500000, 'done', count(*), 0, 0, 0, 1
FROM trace WHERE campaign_id IS NOT NULL
GROUP BY vantage_id, campaign_id, slot, epoch;
INSERT INTO health (vantage_id, campaign_id, slot, epoch, at_us, uplink,
    controls_n, reached_n, clock_step_us)
SELECT vantage_id, campaign_id, slot, epoch, finished_us, 'up', 4, 4, 0
FROM run WHERE health = 1;
