-- Which stretch of outcomes is asked for? No question of its own: conditions that questions about a period include.
-- As in reports/chosen.sql, which says why.
        month >= formatDateTime({since:DateTime64(6, 'UTC')}, '%Y-%m')
        AND month <= formatDateTime({until:DateTime64(6, 'UTC')} + INTERVAL 1 DAY, '%Y-%m')
        AND (heard_at = toDateTime(0, 'UTC')
            OR heard_at >= {since:DateTime64(6, 'UTC')} - INTERVAL 1 SECOND
                AND heard_at < {until:DateTime64(6, 'UTC')} + INTERVAL 1 DAY)
        AND opened_at >= {since:DateTime64(6, 'UTC')}
        AND opened_at < {until:DateTime64(6, 'UTC')}
