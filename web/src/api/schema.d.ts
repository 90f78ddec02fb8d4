/* Written by `npm run types` from the server's OpenAPI description. Do not edit. */

export interface paths {
    "/api/v1/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Agents
         * @description Agents seen in the range (by default the last hour) or in the last 24 hours, those seen last first.
         */
        get: operations["list_agents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/{agent}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Agent
         * @description One agent: what it did, with which models, with whom, and when; by default in the last hour.
         */
        get: operations["get_agent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Audit
         * @description Who did what to what, newest first.
         */
        get: operations["list_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/costs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Costs
         * @description What LLM calls cost, by group, the dearest first; of the last 24 hours by default.
         */
        get: operations["get_costs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Overview
         * @description Agents, tasks, errors, latency and cost over a window that ends now.
         */
        get: operations["get_overview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Status
         * @description How this server is doing, and as whom it knows the caller.
         */
        get: operations["get_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream Events
         * @description Events of the caller's project, with a comment every 15 seconds to keep the connection.
         *
         *     The stream ends when its token is revoked.
         */
        get: operations["stream_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Tokens
         * @description Tokens of the caller's project, also revoked ones, oldest first.
         */
        get: operations["list_tokens"];
        put?: never;
        /**
         * Create Token
         * @description Make a token in the caller's project. Its secret is shown this once.
         */
        post: operations["create_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{token_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke Token
         * @description Make a token worthless from now on.
         */
        delete: operations["revoke_token"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/traces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Traces
         * @description Traces with a span that meets every condition, newest first; of the last 24 hours by default.
         *
         *     A page may hold fewer than `limit` traces and still have a `next_cursor`: a search that takes long stops
         *     early, `searched_from` says where, and the cursor goes on from there.
         */
        get: operations["list_traces"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/traces/{trace_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Trace
         * @description One trace with its spans by start: whole, or a page of them.
         */
        get: operations["get_trace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/traces/{trace_id}/spans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Spans
         * @description Spans of one trace by start, without its summary.
         */
        get: operations["list_spans"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/traces/{trace_id}/spans/{span_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Span
         * @description One span with attributes, events, links and payload.
         */
        get: operations["get_span"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/full": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Health
         * @description Every part with its score, the score of the whole, and why it is what it is. Always 200.
         */
        get: operations["get_health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Live
         * @description The process answers: nothing else is looked at, so that a slow part never gets it restarted.
         */
        get: operations["get_live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Ready
         * @description The server can answer questions: a real query ran through, now or less than a second ago.
         */
        get: operations["get_ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Metrics
         * @description The server's own metrics in Prometheus' text format.
         */
        get: operations["get_metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Agent
         * @description One agent. Its runs are its `invoke_agent` spans; an agent that has none is counted by its tasks.
         */
        Agent: {
            /** Agent */
            agent: string;
            /**
             * Cost Today Usd
             * @description US dollars, from whole nano-dollars.
             */
            cost_today_usd: number;
            /**
             * Cost Usd
             * @description US dollars, from whole nano-dollars.
             */
            cost_usd: number;
            /**
             * Error Rate
             * @description Share from 0 to 1.
             */
            error_rate: number;
            /**
             * Errors
             * @description A count, corrected for sampling.
             */
            errors: number;
            /**
             * Handoffs Out
             * @description A count, corrected for sampling.
             */
            handoffs_out: number;
            /** Input Tokens */
            input_tokens: number;
            /**
             * Last Seen
             * @description RFC 3339, UTC, up to nanoseconds.
             * @example 2026-01-31T13:45:00.250Z
             */
            last_seen: string;
            latency_seconds: components["schemas"]["LatencySeconds"];
            /**
             * Llm Calls
             * @description A count, corrected for sampling.
             */
            llm_calls: number;
            /** Models */
            models: string[];
            /** Output Tokens */
            output_tokens: number;
            /**
             * Runs
             * @description A count, corrected for sampling.
             */
            runs: number;
            /** Runs Per Minute */
            runs_per_minute: number;
            /** Service Namespace */
            service_namespace: string;
            /** Services */
            services: string[];
            /**
             * Status
             * @description active: a span started in the last minute; idle: in the last five; silent: none.
             * @enum {string}
             */
            status: "active" | "idle" | "silent";
            /**
             * Tool Calls
             * @description A count, corrected for sampling.
             */
            tool_calls: number;
            /**
             * Unpriced Calls
             * @description A count, corrected for sampling.
             */
            unpriced_calls: number;
        };
        /**
         * AgentDetail
         * @description One agent in depth.
         */
        AgentDetail: {
            /** Agent */
            agent: string;
            /**
             * Cost Today Usd
             * @description US dollars, from whole nano-dollars.
             */
            cost_today_usd: number;
            /**
             * Cost Usd
             * @description US dollars, from whole nano-dollars.
             */
            cost_usd: number;
            /**
             * Error Rate
             * @description Share from 0 to 1.
             */
            error_rate: number;
            /**
             * Errors
             * @description A count, corrected for sampling.
             */
            errors: number;
            /** Handoffs */
            handoffs: components["schemas"]["Handoff"][];
            /**
             * Handoffs Out
             * @description A count, corrected for sampling.
             */
            handoffs_out: number;
            /** Input Tokens */
            input_tokens: number;
            /**
             * Last Seen
             * @description RFC 3339, UTC, up to nanoseconds.
             * @example 2026-01-31T13:45:00.250Z
             */
            last_seen: string;
            latency_seconds: components["schemas"]["LatencySeconds"];
            /**
             * Llm Calls
             * @description A count, corrected for sampling.
             */
            llm_calls: number;
            /** Models */
            models: components["schemas"]["ModelUse"][];
            /** Operations */
            operations: components["schemas"]["Operation"][];
            /** Output Tokens */
            output_tokens: number;
            /** Recent Errors */
            recent_errors: components["schemas"]["RecentError"][];
            /**
             * Runs
             * @description A count, corrected for sampling.
             */
            runs: number;
            /** Runs Per Minute */
            runs_per_minute: number;
            /** Series */
            series: components["schemas"]["AgentPoint"][];
            /** Service Namespace */
            service_namespace: string;
            /** Services */
            services: string[];
            /**
             * Status
             * @description active: a span started in the last minute; idle: in the last five; silent: none.
             * @enum {string}
             */
            status: "active" | "idle" | "silent";
            /** Step Seconds */
            step_seconds: number;
            /**
             * Tool Calls
             * @description A count, corrected for sampling.
             */
            tool_calls: number;
            /**
             * Unpriced Calls
             * @description A count, corrected for sampling.
             */
            unpriced_calls: number;
        };
        /**
         * AgentLine
         * @description One agent in the window; agents of the last 24 hours that did nothing in it are there too.
         *
         *     Here `tasks` are the agent's runs, as `runs` in the list of agents: a task on which three agents worked is a run
         *     of each, so the lines may add up to more than the fleet's tasks.
         */
        AgentLine: {
            /** Agent */
            agent: string;
            /**
             * Cost Usd
             * @description US dollars, from whole nano-dollars.
             */
            cost_usd: number;
            /**
             * Error Rate
             * @description Share from 0 to 1.
             */
            error_rate: number;
            /**
             * Errors
             * @description A count, corrected for sampling.
             */
            errors: number;
            /**
             * Last Seen
             * @description RFC 3339, UTC, up to nanoseconds.
             * @example 2026-01-31T13:45:00.250Z
             */
            last_seen: string;
            /**
             * P95 Seconds
             * @description Seconds; null where nothing was measured.
             */
            p95_seconds: number | null;
            /**
             * Status
             * @description active: a span started in the last minute; idle: in the last five; silent: none.
             * @enum {string}
             */
            status: "active" | "idle" | "silent";
            /**
             * Tasks
             * @description A count, corrected for sampling.
             */
            tasks: number;
        };
        /**
         * AgentList
         * @description Agents seen in the range or in the last 24 hours, those seen last first.
         */
        AgentList: {
            /** Items */
            items: components["schemas"]["Agent"][];
            /** Next Cursor */
            next_cursor: null;
        };
        /**
         * AgentPoint
         * @description One step of an agent's chart; `time` is where the step starts.
         */
        AgentPoint: {
            /**
             * Cost Usd
             * @description US dollars, from whole nano-dollars.
             */
            cost_usd: number;
            /**
             * Errors
             * @description A count, corrected for sampling.
             */
            errors: number;
            /**
             * P95 Seconds
             * @description Seconds; null where nothing was measured.
             */
            p95_seconds: number | null;
            /**
             * Runs
             * @description A count, corrected for sampling.
             */
            runs: number;
            /**
             * Time
             * @description RFC 3339, UTC, up to nanoseconds.
             * @example 2026-01-31T13:45:00.250Z
             */
            time: string;
        };
        /**
         * AuditEntry
         * @description One line of the audit trail; `hash` covers all other fields.
         */
        AuditEntry: {
            /** Action */
            action: string;
            /** Actor */
            actor: string;
            /** Detail */
            detail: {
                [key: string]: unknown;
            };
            /** Hash */
            hash: string;
            /** Previous Hash */
            previous_hash: string;
            /** Project */
            project: string;
            /** Seq */
            seq: number;
            /** Target */
            target: string;
            /**
             * Time
             * @description RFC 3339, UTC, up to nanoseconds.
             * @example 2026-01-31T13:45:00.250Z
             */
            time: string;
        };
        /**
         * AuditList
         * @description Entries, newest first.
         */
        AuditList: {
            /** Items */
            items: components["schemas"]["AuditEntry"][];
            /**
             * Next Cursor
             * @description Send it as `cursor` for the next page; null on the last one.
             */
            next_cursor: string | null;
        };
        /**
         * Component
         * @description One part of the server.
         */
        Component: {
            /** Latency Ms */
            latency_ms: number;
            /** Message */
            message: string;
            /** Name */
            name: string;
            /** Score */
            score: number;
            /**
             * Status
             * @enum {string}
             */
            status: "healthy" | "degraded" | "unhealthy";
            /** Weight */
            weight: number;
        };
        /**
         * CostItem
         * @description One group: those of the keys that `group_by` named, then its figures.
         */
        CostItem: {
            /** Agent */
            agent?: string;
            /**
             * Calls
             * @description A count, corrected for sampling.
             */
            calls: number;
            /**
             * Cost Usd
             * @description US dollars, from whole nano-dollars.
             */
            cost_usd: number;
            /**
             * Day
             * @description UTC day, YYYY-MM-DD.
             */
            day?: string;
            /**
             * Hour
             * @description RFC 3339, UTC, up to nanoseconds.
             * @example 2026-01-31T13:45:00.250Z
             */
            hour?: string;
            /** Input Tokens */
            input_tokens: number;
            /** Model */
            model?: string;
            /** Output Tokens */
            output_tokens: number;
            /** Provider */
            provider?: string;
            /** Service */
            service?: string;
            /** Task Type */
            task_type?: string;
            /**
             * Unpriced Calls
             * @description A count, corrected for sampling.
             */
            unpriced_calls: number;
            /** Workflow */
            workflow?: string;
        };
        /**
         * CostReport
         * @description Costs of LLM calls. Unpriced calls are not in the total.
         */
        CostReport: {
            /**
             * Calls
             * @description A count, corrected for sampling.
             */
            calls: number;
            /**
             * End
             * @description RFC 3339, UTC, up to nanoseconds.
             * @example 2026-01-31T13:45:00.250Z
             */
            end: string;
            /** Group By */
            group_by: string[];
            /** Items */
            items: components["schemas"]["CostItem"][];
            /**
             * Start
             * @description RFC 3339, UTC, up to nanoseconds.
             * @example 2026-01-31T13:45:00.250Z
             */
            start: string;
            /**
             * Total Usd
             * @description US dollars, from whole nano-dollars.
             */
            total_usd: number;
            /**
             * Truncated
             * @description There are more groups than items; the totals count all.
             */
            truncated: boolean;
            /**
             * Unpriced Calls
             * @description A count, corrected for sampling.
             */
            unpriced_calls: number;
        };
        /**
         * EngineStatus
         * @description The column store.
         */
        EngineStatus: {
            /** Memory Bytes */
            memory_bytes: number;
            /** Ready */
            ready: boolean;
            /** Restarts */
            restarts: number;
        };
        /**
         * Handoff
         * @description How often one agent handed work to another.
         */
        Handoff: {
            /**
             * Count
             * @description A count, corrected for sampling.
             */
            count: number;
            /** From Agent */
            from_agent: string;
            /** To Agent */
            to_agent: string;
        };
        /**
         * Health
         * @description Every part, and the score of the whole (0 to 100) with its explanation.
         */
        Health: {
            /** Components */
            components: components["schemas"]["Component"][];
            /**
             * Errors Last Hour
             * @description Failed spans; null when they could not be counted.
             */
            errors_last_hour: number | null;
            /** Explanation */
            explanation: string[];
            /** Memory Usage Mb */
            memory_usage_mb: number;
            /** Score */
            score: number;
            /**
             * Status
             * @enum {string}
             */
            status: "healthy" | "degraded" | "unhealthy";
            /** Uptime Seconds */
            uptime_seconds: number;
        };
        /**
         * IngestStatus
         * @description Spans since the start of the server, and what waits for the engine now.
         */
        IngestStatus: {
            /** Accepted Spans */
            accepted_spans: number;
            /** Oldest Waiting Seconds */
            oldest_waiting_seconds: number;
            /** Quarantined Requests */
            quarantined_requests: number;
            /** Stored Spans */
            stored_spans: number;
            /** Waiting Bytes */
            waiting_bytes: number;
        };
        /**
         * LatencySeconds
         * @description Quantiles of a duration.
         */
        LatencySeconds: {
            /**
             * P50
             * @description Seconds; null where nothing was measured.
             */
            p50: number | null;
            /**
             * P95
             * @description Seconds; null where nothing was measured.
             */
            p95: number | null;
            /**
             * P99
             * @description Seconds; null where nothing was measured.
             */
            p99: number | null;
        };
        /**
         * Live
         * @description The process answers.
         */
        Live: {
            /**
             * Status
             * @constant
             */
            status: "ok";
        };
        /**
         * ModelUse
         * @description Calls of one model. Unpriced calls are not in the cost.
         */
        ModelUse: {
            /**
             * Calls
             * @description A count, corrected for sampling.
             */
            calls: number;
            /**
             * Cost Usd
             * @description US dollars, from whole nano-dollars.
             */
            cost_usd: number;
            /**
             * Errors
             * @description A count, corrected for sampling.
             */
            errors: number;
            /** Input Tokens */
            input_tokens: number;
            /** Model */
            model: string;
            /** Output Tokens */
            output_tokens: number;
            /**
             * P95 Seconds
             * @description Seconds; null where nothing was measured.
             */
            p95_seconds: number | null;
            /** Provider */
            provider: string;
            /**
             * Unpriced Calls
             * @description A count, corrected for sampling.
             */
            unpriced_calls: number;
        };
        /**
         * NewToken
         * @description A token just made. The secret is shown this once.
         */
        NewToken: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /** Project */
            project: string;
            /** Scopes */
            scopes: string[];
            /** Secret */
            secret: string;
        };
        /**
         * Operation
         * @description What an agent did of one kind and name: a tool, a model, a task.
         */
        Operation: {
            /**
             * Count
             * @description A count, corrected for sampling.
             */
            count: number;
            /**
             * Errors
             * @description A count, corrected for sampling.
             */
            errors: number;
            /** Name */
            name: string;
            /** Operation */
            operation: string;
            /**
             * P95 Seconds
             * @description Seconds; null where nothing was measured.
             */
            p95_seconds: number | null;
        };
        /**
         * Overview
         * @description How the whole fleet does. A task is a task span, or an agent run outside any task.
         */
        Overview: {
            /** Active Agents */
            active_agents: number;
            /** Agents Total */
            agents_total: number;
            /** By Agent */
            by_agent: components["schemas"]["AgentLine"][];
            /** By Model */
            by_model: components["schemas"]["ModelUse"][];
            /**
             * Cost Projected Usd
             * @description US dollars, from whole nano-dollars.
             */
            cost_projected_usd: number;
            /**
             * Cost Today Usd
             * @description US dollars, from whole nano-dollars.
             */
            cost_today_usd: number;
            /**
             * Error Rate
             * @description Share from 0 to 1.
             */
            error_rate: number;
            /**
             * Errors
             * @description A count, corrected for sampling.
             */
            errors: number;
            /**
             * Generated At
             * @description RFC 3339, UTC, up to nanoseconds.
             * @example 2026-01-31T13:45:00.250Z
             */
            generated_at: string;
            latency_seconds: components["schemas"]["LatencySeconds"];
            /** Recent Errors */
            recent_errors: components["schemas"]["RecentError"][];
            /** Series */
            series: components["schemas"]["OverviewPoint"][];
            /** Spans Stored */
            spans_stored: number;
            /** Step Seconds */
            step_seconds: number;
            /**
             * Tasks
             * @description A count, corrected for sampling.
             */
            tasks: number;
            /** Tasks Per Minute */
            tasks_per_minute: number;
            tokens_today: components["schemas"]["Tokens"];
            /**
             * Unpriced Calls
             * @description A count, corrected for sampling.
             */
            unpriced_calls: number;
            /** Window Seconds */
            window_seconds: number;
        };
        /**
         * OverviewPoint
         * @description One step of the charts; `time` is where the step starts.
         */
        OverviewPoint: {
            /**
             * Cost Usd
             * @description US dollars, from whole nano-dollars.
             */
            cost_usd: number;
            /**
             * Errors
             * @description A count, corrected for sampling.
             */
            errors: number;
            /**
             * P95 Seconds
             * @description Seconds; null where nothing was measured.
             */
            p95_seconds: number | null;
            /**
             * Tasks
             * @description A count, corrected for sampling.
             */
            tasks: number;
            /**
             * Time
             * @description RFC 3339, UTC, up to nanoseconds.
             * @example 2026-01-31T13:45:00.250Z
             */
            time: string;
        };
        /**
         * ParameterError
         * @description What is wrong with one parameter, and what it may be.
         */
        ParameterError: {
            /** Parameter */
            parameter: string;
            /** Problem */
            problem: string;
        };
        /**
         * Problem
         * @description An error (RFC 9457, `application/problem+json`).
         */
        Problem: {
            /**
             * Code
             * @description Stable, for programs to compare with.
             */
            code: string;
            /** Detail */
            detail: string;
            /** Errors */
            errors?: components["schemas"]["ParameterError"][];
            /** Hint */
            hint?: string;
            /**
             * Retryable
             * @description Whether the same request may work later.
             */
            retryable: boolean;
            /** Status */
            status: number;
            /** Title */
            title: string;
            /** Type */
            type: string;
        };
        /**
         * Ready
         * @description A query ran through.
         */
        Ready: {
            /** Query Seconds */
            query_seconds: number;
            /**
             * Status
             * @constant
             */
            status: "ok";
        };
        /**
         * RecentError
         * @description A span that failed: of each trace the one that started last, the innermost.
         */
        RecentError: {
            /** Agent */
            agent: string;
            /** Error Type */
            error_type: string;
            /** Message */
            message: string;
            /** Name */
            name: string;
            /** Operation */
            operation: string;
            /** Span Id */
            span_id: string;
            /**
             * Time
             * @description RFC 3339, UTC, up to nanoseconds.
             * @example 2026-01-31T13:45:00.250Z
             */
            time: string;
            /** Trace Id */
            trace_id: string;
        };
        /**
         * Scope
         * @description What a token may do. `operate` includes `read`; `admin` includes everything.
         * @enum {string}
         */
        Scope: "ingest" | "read" | "operate" | "admin";
        /**
         * Span
         * @description One span without attributes and payload.
         */
        Span: {
            /** Agent */
            agent: string;
            /**
             * Cost Usd
             * @description US dollars; null when calls were made and no price is known for any of them.
             */
            cost_usd: number | null;
            /**
             * Duration Seconds
             * @description Seconds.
             */
            duration_seconds: number;
            /** Error Type */
            error_type: string;
            /** Has Messages */
            has_messages: boolean;
            /** Input Tokens */
            input_tokens: number;
            /** Kind */
            kind: string;
            /** Model */
            model: string;
            /** Name */
            name: string;
            /**
             * Offset Seconds
             * @description Seconds.
             */
            offset_seconds: number;
            /** Operation */
            operation: string;
            /** Output Tokens */
            output_tokens: number;
            /** Parent Span Id */
            parent_span_id: string | null;
            /** Provider */
            provider: string;
            /** Service */
            service: string;
            /** Span Id */
            span_id: string;
            /**
             * Start Time
             * @description RFC 3339, UTC, up to nanoseconds.
             * @example 2026-01-31T13:45:00.250Z
             */
            start_time: string;
            /**
             * Status
             * @enum {string}
             */
            status: "unset" | "ok" | "error";
            /** Status Message */
            status_message: string;
            /** Target Agent */
            target_agent: string;
            /** Tool */
            tool: string;
        };
        /**
         * SpanDetail
         * @description One span with everything.
         */
        SpanDetail: {
            /** Agent */
            agent: string;
            /** Attributes */
            attributes: {
                [key: string]: string;
            };
            /** Cache Read Tokens */
            cache_read_tokens: number;
            /** Cache Write Tokens */
            cache_write_tokens: number;
            /** Conversation Id */
            conversation_id: string;
            /** Cost Source */
            cost_source: string;
            /**
             * Cost Usd
             * @description US dollars; null when calls were made and no price is known for any of them.
             */
            cost_usd: number | null;
            /**
             * Duration Seconds
             * @description Seconds.
             */
            duration_seconds: number;
            /** Error Type */
            error_type: string;
            /** Events */
            events: components["schemas"]["SpanEvent"][];
            /** Has Messages */
            has_messages: boolean;
            /**
             * Input Messages
             * @description JSON as it was sent, or its text where it is no JSON; null when absent.
             */
            input_messages: unknown;
            /** Input Tokens */
            input_tokens: number;
            /** Instance Id */
            instance_id: string;
            /** Kind */
            kind: string;
            /** Links */
            links: components["schemas"]["SpanLink"][];
            /** Model */
            model: string;
            /** Name */
            name: string;
            /**
             * Offset Seconds
             * @description Seconds.
             */
            offset_seconds: number;
            /** Operation */
            operation: string;
            /**
             * Output Messages
             * @description JSON as it was sent, or its text where it is no JSON; null when absent.
             */
            output_messages: unknown;
            /** Output Tokens */
            output_tokens: number;
            /** Parent Span Id */
            parent_span_id: string | null;
            /** Provider */
            provider: string;
            /** Reasoning Tokens */
            reasoning_tokens: number;
            /**
             * Received Time
             * @description RFC 3339, UTC, up to nanoseconds.
             * @example 2026-01-31T13:45:00.250Z
             */
            received_time: string;
            /** Resource Attributes */
            resource_attributes: {
                [key: string]: string;
            };
            /** Sample Weight */
            sample_weight: number;
            scope: components["schemas"]["SpanScope"];
            /** Service */
            service: string;
            /** Service Namespace */
            service_namespace: string;
            /** Span Id */
            span_id: string;
            /**
             * Start Time
             * @description RFC 3339, UTC, up to nanoseconds.
             * @example 2026-01-31T13:45:00.250Z
             */
            start_time: string;
            /**
             * Status
             * @enum {string}
             */
            status: "unset" | "ok" | "error";
            /** Status Message */
            status_message: string;
            /**
             * System Instructions
             * @description JSON as it was sent, or its text where it is no JSON; null when absent.
             */
            system_instructions: unknown;
            /** Target Agent */
            target_agent: string;
            /** Task Type */
            task_type: string;
            /** Tool */
            tool: string;
            /**
             * Tool Arguments
             * @description JSON as it was sent, or its text where it is no JSON; null when absent.
             */
            tool_arguments: unknown;
            /**
             * Tool Result
             * @description JSON as it was sent, or its text where it is no JSON; null when absent.
             */
            tool_result: unknown;
            /** Trace Id */
            trace_id: string;
            /** Trace State */
            trace_state: string;
            /** User Id */
            user_id: string;
            /** Workflow */
            workflow: string;
        };
        /**
         * SpanEvent
         * @description Something that happened during a span.
         */
        SpanEvent: {
            /** Attributes */
            attributes: {
                [key: string]: string;
            };
            /** Name */
            name: string;
            /**
             * Time
             * @description RFC 3339, UTC, up to nanoseconds.
             * @example 2026-01-31T13:45:00.250Z
             */
            time: string;
        };
        /**
         * SpanLink
         * @description A span elsewhere that this one points at.
         */
        SpanLink: {
            /** Attributes */
            attributes: {
                [key: string]: string;
            };
            /** Span Id */
            span_id: string;
            /** Trace Id */
            trace_id: string;
        };
        /**
         * SpanList
         * @description Spans of one trace by start.
         */
        SpanList: {
            /** Items */
            items: components["schemas"]["Span"][];
            /**
             * Next Cursor
             * @description Send it as `cursor` for the next page; null on the last one.
             */
            next_cursor: string | null;
        };
        /**
         * SpanScope
         * @description The instrumentation that made a span.
         */
        SpanScope: {
            /** Name */
            name: string;
            /** Version */
            version: string;
        };
        /**
         * Status
         * @description How this server is doing, and as whom the caller is known to it.
         */
        Status: {
            engine: components["schemas"]["EngineStatus"];
            ingest: components["schemas"]["IngestStatus"];
            /** Memory Bytes */
            memory_bytes: number;
            /** Project */
            project: string;
            /** Scopes */
            scopes: string[];
            /**
             * Started At
             * @description RFC 3339, UTC, up to nanoseconds.
             * @example 2026-01-31T13:45:00.250Z
             */
            started_at: string;
            /** Uptime Seconds */
            uptime_seconds: number;
            /** Version */
            version: string;
            /** Web Built */
            web_built: boolean;
        };
        /**
         * Token
         * @description An access token without its secret.
         */
        Token: {
            /**
             * Created Time
             * @description RFC 3339, UTC, up to nanoseconds.
             * @example 2026-01-31T13:45:00.250Z
             */
            created_time: string;
            /** Id */
            id: string;
            /** Last Used Time */
            last_used_time: string | null;
            /** Name */
            name: string;
            /** Project */
            project: string;
            /** Revoked Time */
            revoked_time: string | null;
            /** Scopes */
            scopes: string[];
        };
        /**
         * TokenList
         * @description All tokens of the caller's project, also revoked ones.
         */
        TokenList: {
            /** Items */
            items: components["schemas"]["Token"][];
            /** Next Cursor */
            next_cursor: null;
        };
        /**
         * TokenRequest
         * @description A token to be made, in the caller's project.
         */
        TokenRequest: {
            /**
             * Name
             * @description What it is for.
             */
            name: string;
            /**
             * Scopes
             * @description What it may do.
             */
            scopes: components["schemas"]["Scope"][];
        };
        /**
         * Tokens
         * @description Tokens of LLM calls.
         */
        Tokens: {
            /** Input */
            input: number;
            /** Output */
            output: number;
        };
        /**
         * Trace
         * @description A trace with its first page of spans.
         */
        Trace: {
            /** Agents */
            agents: string[];
            /** Conversation Id */
            conversation_id: string;
            /**
             * Cost Usd
             * @description US dollars; null when calls were made and no price is known for any of them.
             */
            cost_usd: number | null;
            /**
             * Duration Seconds
             * @description Seconds.
             */
            duration_seconds: number;
            /** Error Count */
            error_count: number;
            /** Input Tokens */
            input_tokens: number;
            /** Models */
            models: string[];
            /** Output Tokens */
            output_tokens: number;
            /** Root Known */
            root_known: boolean;
            /** Root Name */
            root_name: string;
            /** Root Operation */
            root_operation: string;
            /** Root Service */
            root_service: string;
            /** Services */
            services: string[];
            /** Span Count */
            span_count: number;
            spans: components["schemas"]["SpanList"];
            /**
             * Start Time
             * @description RFC 3339, UTC, up to nanoseconds.
             * @example 2026-01-31T13:45:00.250Z
             */
            start_time: string;
            /**
             * Status
             * @enum {string}
             */
            status: "ok" | "error";
            /** Trace Id */
            trace_id: string;
            /** Workflow */
            workflow: string;
        };
        /**
         * TraceItem
         * @description A whole trace in one line. Where the root has not arrived, the earliest span stands in for it.
         */
        TraceItem: {
            /** Agents */
            agents: string[];
            /** Conversation Id */
            conversation_id: string;
            /**
             * Cost Usd
             * @description US dollars; null when calls were made and no price is known for any of them.
             */
            cost_usd: number | null;
            /**
             * Duration Seconds
             * @description Seconds.
             */
            duration_seconds: number;
            /** Error Count */
            error_count: number;
            /** Input Tokens */
            input_tokens: number;
            /** Models */
            models: string[];
            /** Output Tokens */
            output_tokens: number;
            /** Root Known */
            root_known: boolean;
            /** Root Name */
            root_name: string;
            /** Root Operation */
            root_operation: string;
            /** Root Service */
            root_service: string;
            /** Services */
            services: string[];
            /** Span Count */
            span_count: number;
            /**
             * Start Time
             * @description RFC 3339, UTC, up to nanoseconds.
             * @example 2026-01-31T13:45:00.250Z
             */
            start_time: string;
            /**
             * Status
             * @enum {string}
             */
            status: "ok" | "error";
            /** Trace Id */
            trace_id: string;
            /** Workflow */
            workflow: string;
        };
        /**
         * TraceList
         * @description Traces, newest first. A slow search stops early: `searched_from` says how far back it looked.
         */
        TraceList: {
            /** Items */
            items: components["schemas"]["TraceItem"][];
            /**
             * Next Cursor
             * @description Send it as `cursor` for the next page; null on the last one.
             */
            next_cursor: string | null;
            /**
             * Searched From
             * @description RFC 3339, UTC, up to nanoseconds.
             * @example 2026-01-31T13:45:00.250Z
             */
            searched_from: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    list_agents: {
        parameters: {
            query?: {
                /** @description Start of the range, included: RFC 3339. */
                start?: string | null;
                /** @description End of the range, excluded: RFC 3339; now when left away. */
                end?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentList"];
                };
            };
            /** @description What is wrong, and whether trying again may help. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_agent: {
        parameters: {
            query?: {
                /** @description Start of the range, included: RFC 3339. */
                start?: string | null;
                /** @description End of the range, excluded: RFC 3339; now when left away. */
                end?: string | null;
            };
            header?: never;
            path: {
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentDetail"];
                };
            };
            /** @description What is wrong, and whether trying again may help. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_audit: {
        parameters: {
            query?: {
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditList"];
                };
            };
            /** @description What is wrong, and whether trying again may help. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_costs: {
        parameters: {
            query?: {
                /** @description Start of the range, included: RFC 3339. */
                start?: string | null;
                /** @description End of the range, excluded: RFC 3339; now when left away. */
                end?: string | null;
                /** @description One to 3 of agent, model, provider, workflow, task_type, service, day, hour, separated by commas. */
                group_by?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CostReport"];
                };
            };
            /** @description What is wrong, and whether trying again may help. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_overview: {
        parameters: {
            query?: {
                /** @description The window, which ends now. */
                window_seconds?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
                };
            };
            /** @description What is wrong, and whether trying again may help. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
            /** @description What is wrong, and whether trying again may help. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stream_events: {
        parameters: {
            query?: never;
            header?: {
                "last-event-id"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description `text/event-stream`: `event` is the event's type, `data` its envelope. An event `resync` with `{dropped}` says that some were lost: load the figures again. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description What is wrong, and whether trying again may help. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_tokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenList"];
                };
            };
            /** @description What is wrong, and whether trying again may help. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_token: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewToken"];
                };
            };
            /** @description What is wrong, and whether trying again may help. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description What is wrong, and whether trying again may help. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_traces: {
        parameters: {
            query?: {
                /** @description Start of the range, included: RFC 3339. */
                start?: string | null;
                /** @description End of the range, excluded: RFC 3339; now when left away. */
                end?: string | null;
                agent?: string | null;
                workflow?: string | null;
                model?: string | null;
                /** @description error: a span failed; ok: none did. */
                status?: ("ok" | "error") | null;
                min_duration_seconds?: number | null;
                max_duration_seconds?: number | null;
                /** @description `key=value`, repeatable: the span carries them all. `resource.key=value` looks at the resource alone. */
                attribute?: string[] | null;
                /** @description Text in names, messages, attribute values or payload, whatever its case. */
                q?: string | null;
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TraceList"];
                };
            };
            /** @description What is wrong, and whether trying again may help. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_trace: {
        parameters: {
            query?: {
                /** @description Most spans in the page. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
            };
            header?: never;
            path: {
                /** @description 32 hex digits. */
                trace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trace"];
                };
            };
            /** @description What is wrong, and whether trying again may help. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_spans: {
        parameters: {
            query?: {
                /** @description Most spans in the page. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
            };
            header?: never;
            path: {
                /** @description 32 hex digits. */
                trace_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpanList"];
                };
            };
            /** @description What is wrong, and whether trying again may help. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_span: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description 32 hex digits. */
                trace_id: string;
                /** @description 16 hex digits. */
                span_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpanDetail"];
                };
            };
            /** @description What is wrong, and whether trying again may help. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description What is wrong, and whether trying again may help. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_live: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Live"];
                };
            };
            /** @description What is wrong, and whether trying again may help. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description What is wrong, and whether trying again may help. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": unknown;
                };
            };
            /** @description What is wrong, and whether trying again may help. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
