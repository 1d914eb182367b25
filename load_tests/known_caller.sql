-- Fills an empty, migrated base. Statements end with a semicolon at the end of a line; names in braces are
-- filled in by known_caller.py: {customers} and {interactions} are series of i from 0, {id}, {number}, {scattered}
-- texts made from i, {yes} and {no} truth values, {json} makes a text JSON.

INSERT INTO customer (id, name, kind, language, city, company, notes, tags, since, organisation,
    preferred_agent, contract_until, products, no_profiling, version)
SELECT 'c' || {id}, 'Name ' || i, 'person', 'en', 'Shanghai', '', '', '[]', 1500000000, NULL, NULL,
    NULL, 2, {no}, 1
FROM {customers};

INSERT INTO customer_identity (type, value, customer, place)
SELECT 'phone', '+1202' || {number}, 'c' || {id}, 0
FROM {customers};

INSERT INTO customer_identity (type, value, customer, place)
SELECT 'email', 'c' || i || '@example.com', 'c' || {id}, 0
FROM {customers};

INSERT INTO profile (customer, as_of, policy, basis, period, stage, confidence, periods, pattern, level, slope,
    drawdown, method, value, p10, p90, horizon_months, rate_yearly, current, potential, p_alive, tier,
    pending_tier, pending_runs, index_value, coverage, enough, contributions, reaction, because, risks, past,
    rests_on)
SELECT 'c' || {id}, 1700000000, 0, 'transactions', 'month',
    CASE i % 11 WHEN 0 THEN 'exploration' WHEN 1 THEN 'decline' WHEN 2 THEN 'exited' WHEN 3 THEN 'formation'
        ELSE 'stable' END, 1, 30, NULL, 0.9, 0.01, 0.02, 'purchase_model', (i * 7 % 20011) / 10.0, 300, 1500, 36,
    0.12, (i * 7 % 17011) / 10.0, (i * 7 % 2003) / 10.0, 0.9,
    CASE i % 7 WHEN 0 THEN 'platinum' WHEN 1 THEN 'gold' WHEN 2 THEN 'gold' WHEN 3 THEN 'iron' ELSE 'lead' END,
    CASE WHEN i % 37 = 0 THEN 'gold' END, 0, 72, 1, {yes},
    '[{{"name": "value", "score": 0.8, "weight": 0.2, "points": 16}},
      {{"name": "satisfaction", "score": 0.7, "weight": 0.2, "points": 14}},
      {{"name": "trust", "score": 0.9, "weight": 0.25, "points": 22}},
      {{"name": "switching_cost", "score": 0.5, "weight": 0.15, "points": 8}},
      {{"name": "behaviour", "score": 0.6, "weight": 0.2, "points": 12}}]',
    CASE WHEN i % 23 = 0 THEN 'exit' WHEN i % 19 = 0 THEN 'voice' END, NULL,
    (CASE WHEN i % 13 = 0 THEN '["exit_signal"]' ELSE '[]' END){json}, '[]', '{{}}'
FROM {customers};

INSERT INTO profile_change (customer, at, what, before, after, policy)
SELECT 'c' || {id}, 1699000000 + i % 900000, 'stage', 'formation', 'stable', 0
FROM {customers} WHERE i % 5 = 0;

INSERT INTO repair_case (id, customer, owner, reaction, opened_at, closed_at, next_deadline, body)
SELECT 'r' || i, 'c' || {id}, 'a1', 'voice', 1699999000, NULL, 1700003600,
    '{{"case": "k", "customer": "c", "reaction": "voice", "tier": "gold", "owner": "a1", "opened_at": 1699999000.0,
      "clocks": [{{"name": "first_action", "total_s": 7200.0, "due_at": 1700007200.0, "left_s": null, "marks": [],
      "done": false}}], "because": "complaint", "contact": null, "severity": 0.75, "tasks_done": [],
      "closed_at": null, "outcome": "", "reopened": 0}}'
FROM {customers} WHERE i % 50 = 0;

INSERT INTO interaction (contact, seq, started_at, ended_at, customer, channel, direction, from_number, to_number,
    queue, agent, flow, ivr_path, digits, ivr_s, wait_s, talk_s, hold_s, wrap_up_s, outcome, disposition, note,
    rona_count, segments, quality, survey)
SELECT 'k' || i, i + 1, 1637000000 + i * 6.3, 1637000200 + i * 6.3, 'c' || {scattered}, 'voice', 'inbound',
    '+1202' || {scattered}, '8000', 'q' || (i % 8), 'a' || (i % 60), 'main_menu', '["greet", "menu"]', '[]',
    12, 15, 150, 4, 20, 'handled', 'resolved', '', 0, '[]', '[]', '[]'
FROM {interactions};
