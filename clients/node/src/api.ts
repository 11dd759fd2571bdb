// The types of the control API. scripts/api.mjs writes this file; do not edit it.

export interface paths {
    "/_idouble/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the calls */
        get: operations["get_index"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/access-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the access keys, without secrets */
        get: operations["get_access-keys"];
        put?: never;
        /** Adds an access key, or replaces the one with its id */
        post: operations["post_access-keys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/access-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns an access key, without its secret */
        get: operations["get_access-keys_id"];
        put?: never;
        post?: never;
        /** Revokes an access key */
        delete: operations["delete_access-keys_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/auth": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether signatures are checked */
        get: operations["get_auth"];
        /** Changes whether signatures are checked */
        put: operations["put_auth"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/ca.pem": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What clients of HTTPS have to trust, in PEM */
        get: operations["get_ca.pem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/clock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The time of the emulator */
        get: operations["get_clock"];
        /** Sets the clock */
        put: operations["put_clock"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the settings, each with its source */
        get: operations["get_config"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Streams requests as they are recorded, and changes of the state */
        get: operations["get_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/faults": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the fault rules, with their counts */
        get: operations["get_faults"];
        /** Replaces all fault rules, all or none */
        put: operations["put_faults"];
        /** Adds a fault rule or a list of them, all or none */
        post: operations["post_faults"];
        /** Removes all fault rules */
        delete: operations["delete_faults"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/faults/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Why a fault rule hit a recorded request, or why not */
        post: operations["post_faults_explain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/faults/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Which of the next requests a fault rule would hit */
        post: operations["post_faults_preview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/faults/toml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Writes a fault rule as TOML */
        post: operations["post_faults_toml"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/faults/verdict": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether each fault rule fired as often as it expects */
        get: operations["get_faults_verdict"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/faults/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns a fault rule and renews its lease */
        get: operations["get_faults_id"];
        /** Replaces a fault rule; its counters start at zero */
        put: operations["put_faults_id"];
        post?: never;
        /** Removes a fault rule */
        delete: operations["delete_faults_id"];
        options?: never;
        head?: never;
        /** Pauses or resumes a fault rule; its counters stay */
        patch: operations["patch_faults_id"];
        trace?: never;
    };
    "/_idouble/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the server is ready, and what it holds */
        get: operations["get_health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/journal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists recorded requests, newest first */
        get: operations["get_journal"];
        put?: never;
        post?: never;
        /** Removes all entries */
        delete: operations["delete_journal"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/journal/count": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Counts recorded requests */
        get: operations["get_journal_count"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/journal/expect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Checks that a request came, and how often, or waits for it */
        post: operations["post_journal_expect"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/journal/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns a recorded request with what it changed */
        get: operations["get_journal_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/journal/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends a recorded request again */
        post: operations["post_journal_id_replay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Counts and sizes for Prometheus */
        get: operations["get_metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["get_openapi.json"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/presets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the presets with their rules */
        get: operations["get_presets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/presets/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Adds the rules of a preset */
        post: operations["post_presets_id"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resets the server, or one store */
        post: operations["post_reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Creates a session: a store, an access key id and fault rules */
        post: operations["post_sessions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ends a session: deletes its store and its fault rules */
        delete: operations["delete_sessions_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/snapshots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the snapshots */
        get: operations["get_snapshots"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/snapshots/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Saves a snapshot of all stores */
        put: operations["put_snapshots_id"];
        post?: never;
        /** Deletes a snapshot */
        delete: operations["delete_snapshots_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/snapshots/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Restores a snapshot */
        post: operations["post_snapshots_id_restore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/state/save": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Writes the stores to the state file */
        post: operations["post_state_save"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/stores": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the stores, or exports all of them */
        get: operations["get_stores"];
        put?: never;
        /** Creates a store: empty, as a copy, or from a fixture */
        post: operations["post_stores"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/stores/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Exports a store as a fixture */
        get: operations["get_stores_id"];
        /** Replaces or creates a store from a fixture */
        put: operations["put_stores_id"];
        post?: never;
        /** Deletes a store and its fault rules */
        delete: operations["delete_stores_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/stores/{id}/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists or searches the groups of a store */
        get: operations["get_stores_id_groups"];
        put?: never;
        /** Creates a group */
        post: operations["post_stores_id_groups"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/stores/{id}/groups/{item}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns a group by id or name, with members, as each dialect shows it */
        get: operations["get_stores_id_groups_item"];
        put?: never;
        post?: never;
        /** Deletes a group */
        delete: operations["delete_stores_id_groups_item"];
        options?: never;
        head?: never;
        /** Changes a group */
        patch: operations["patch_stores_id_groups_item"];
        trace?: never;
    };
    "/_idouble/stores/{id}/memberships": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Adds a user to a group */
        post: operations["post_stores_id_memberships"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/stores/{id}/memberships/{item}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Removes a user from a group */
        delete: operations["delete_stores_id_memberships_item"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/stores/{id}/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists or searches the users of a store */
        get: operations["get_stores_id_users"];
        put?: never;
        /** Creates a user */
        post: operations["post_stores_id_users"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/_idouble/stores/{id}/users/{item}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns a user by id or name, with groups, as each dialect shows it */
        get: operations["get_stores_id_users_item"];
        put?: never;
        post?: never;
        /** Deletes a user */
        delete: operations["delete_stores_id_users_item"];
        options?: never;
        head?: never;
        /** Changes a user */
        patch: operations["patch_stores_id_users_item"];
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An access key: what a client signs with, and what it may call. */
        AccessKey: {
            /**
             * @description The account of the caller; the account of the cloud's settings if it is left out.
             * @default null
             */
            account_id: string | null;
            /**
             * @description What it may call; everything if it is left out.
             * @default null
             */
            allow: components["schemas"]["Permission"][] | null;
            /**
             * @description The cloud that it is for; both if it is left out.
             * @default null
             */
            cloud: components["schemas"]["Cloud"] | null;
            /**
             * @description What it may not call, whatever `allow` says.
             * @default []
             */
            deny: components["schemas"]["Permission"][];
            /**
             * Format: date-time
             * @description When it expires, such as `2030-01-01T00:00:00Z`, by the emulator's clock.
             */
            expires?: string | null;
            /** @description The id, such as `AKIAIOSFODNN7EXAMPLE`: visible ASCII characters except `/ , = " ' \`. */
            id: string;
            /** @description The secret that signatures are made with. It is never shown. */
            secret: string;
            /**
             * @description The token that requests must carry, if the key is a temporary one. It is never shown.
             * @default null
             */
            session_token: string | null;
        };
        /** @description All access keys. */
        AccessKeyList: {
            /** @description Sorted by id, without secrets and tokens. */
            access_keys: components["schemas"]["AccessKeyView"][];
        };
        /** @description What is shown of an access key: all but the secret and the token. */
        AccessKeyView: {
            /** @description The account of the caller; that of the cloud's settings if null. */
            account_id: string | null;
            /** @description What it may call; everything if null. */
            allow: components["schemas"]["Permission"][] | null;
            /** @description The cloud that it is for; both if null. */
            cloud: components["schemas"]["Cloud"] | null;
            /** @description What it may not call. */
            deny: components["schemas"]["Permission"][];
            /** @description When it expires; never if null. */
            expires: string | null;
            /** @description The id. */
            id: string;
            /** @description Whether requests must carry its session token. */
            temporary: boolean;
        };
        /** @description The change of an attribute. */
        AttributeChange: {
            /** @description The new value; null if it was removed. */
            after: unknown;
            /** @description The path of the attribute as fixtures spell it, such as `name.given_name`; lists are whole. */
            attribute: string;
            /** @description The former value; null if it was not set. */
            before: unknown;
        };
        /** @description Whether signatures and permissions are checked. */
        AuthMode: "off" | "soft" | "strict";
        /** @description Whether signatures and permissions are checked. */
        AuthReply: {
            /** @description The mode. */
            mode: components["schemas"]["AuthMode"];
        };
        /** @description One call. */
        CallSummary: {
            /** @description The method. */
            method: string;
            /** @description The path; `{id}` and `{item}` stand for one segment each. */
            path: string;
            /** @description What the call does. */
            summary: string;
        };
        /** @description The time of the emulator. */
        ClockReply: {
            /** @description Whether the clock is frozen. */
            frozen: boolean;
            /**
             * Format: date-time
             * @description The time.
             */
            now: string;
        };
        /** @description A change of the clock. The members apply in this order; at least one is needed. */
        ClockRequest: {
            /** @description Advances the time, such as `5m` or `200ms`. */
            advance?: string | null;
            /** @description Freezes the clock, or lets it run from the time that it shows. */
            freeze?: boolean | null;
            /**
             * Format: date-time
             * @description Sets the time, such as `2030-01-01T00:00:00Z`.
             */
            set?: string | null;
        };
        /** @description The request that came nearest to an expectation. */
        ClosestRequest: {
            /** @description The fields in which it differs; `count` if only the number of requests is wrong. */
            differs: components["schemas"]["FieldDifference"][];
            /** @description The request. */
            entry: components["schemas"]["JournalEntry"];
        };
        /**
         * @description A cloud that verifies signatures.
         * @enum {string}
         */
        Cloud: "aws" | "huawei";
        /** @description The settings of the server. */
        ConfigReply: {
            /** @description In the order of the help text. */
            settings: components["schemas"]["Setting"][];
        };
        /** @description A resource as a dialect shows it. */
        DialectView: {
            /** @description The body of its response. */
            body: unknown;
            /** @description The dialect. */
            dialect: string;
        };
        /**
         * @description What happens to a request that a rule hits. Everything that is set happens.
         *
         *     Written as a class of error or an effect on the connection, with or without `commit+` before it, or
         *     as a table.
         */
        Effect: {
            /** @description The code of the error instead of the vendor's. */
            code?: string | null;
            /** @description Whether the operation runs before the client gets the fault. */
            commit?: boolean;
            /** @description The content type of the response instead of the vendor's, such as `text/html`. */
            "content-type"?: string | null;
            /** @description The part of the body that is sent: `50%`, or a number of bytes. */
            cut?: (number | string) | null;
            /** @description How long the request waits. */
            delay?: (string | components["schemas"]["LogNormal"]) | null;
            /** @description The body is sent in pieces: `16/100ms` is 16 bytes every 100 ms. */
            drip?: string | null;
            /**
             * @description The class of the error that the client gets.
             * @enum {unknown}
             */
            error?: "throttle" | "conflict" | "quota" | "not-found" | "invalid" | "denied" | "expired-token" | "bad-signature" | "clock-skew" | "unknown-operation" | "internal" | "unavailable" | null;
            /** @description Members of the error's body, besides the vendor's or instead of them. */
            fields?: {
                [key: string]: unknown;
            };
            /** @description Whether operations get errors that the vendor's model does not list for them. */
            force?: boolean;
            /** @description The message of the error instead of the vendor's. */
            message?: string | null;
            /**
             * @description The kind of the error, if its class has several.
             * @enum {string|null}
             */
            reason?: "concurrent" | "duplicate" | null;
            /** @description When the client may retry, for classes that have this. */
            "retry-after"?: string | null;
            /** @description Reads see the newest version older than this, at most one minute. */
            stale?: string | null;
            /**
             * Format: uint16
             * @description The HTTP status of the error instead of the vendor's.
             */
            status?: number | null;
            /**
             * @description How the connection ends instead of a response.
             * @enum {unknown}
             */
            wire?: "reset" | "close" | "hang" | "garbage" | null;
        } | unknown | unknown | unknown | unknown | unknown | unknown | unknown;
        /** @description The body of an error response. */
        Error: {
            /** @description Each invalid part, with what would be right. */
            details?: string[];
            /** @description What is wrong. */
            error: string;
            /**
             * @description The error again, if the server rejects the request before the control API: the vendors' SDKs look
             *     here.
             */
            message?: string | null;
        };
        /** @description The result of an expectation. */
        ExpectationReply: {
            /** @description If too few match, the request that came nearest. */
            closest: components["schemas"]["ClosestRequest"] | null;
            /** @description That the expectation is not met. */
            error?: string | null;
            /** @description The expected number of requests, such as `at least 1 time`. */
            expected: string;
            /** @description Whether the journal was full and has dropped some of the requests. */
            forgotten: boolean;
            /**
             * Format: uint
             * @description The number of requests that match.
             */
            matched: number;
            /** @description Whether the expectation is met. */
            met: boolean;
            /** @description The report as text, if the expectation is not met. */
            report?: string | null;
            /**
             * Format: uint
             * @description The number of all requests.
             */
            seen: number;
        };
        /** @description A request that is expected, and how often. */
        ExpectationRequest: {
            /**
             * Format: uint64
             * @description Only entries with a greater number count.
             * @default 0
             */
            after: number;
            /** @description The expected number of requests: `2`, `">=1"`, `"<=3"` or `"2..4"`. At least one by default. */
            count?: (number | string) | null;
            /**
             * @description The values of fields, which all must match.
             * @default {}
             */
            match: {
                /** @description The value of a field. Null, like an empty text, means that the entry has no such field. */
                attempt?: number | string | null;
                /** @description The value of a field. Null, like an empty text, means that the entry has no such field. */
                dialect?: number | string | null;
                /** @description The value of a field. Null, like an empty text, means that the entry has no such field. */
                duration_us?: number | string | null;
                /** @description The value of a field. Null, like an empty text, means that the entry has no such field. */
                error?: number | string | null;
                /** @description The value of a field. Null, like an empty text, means that the entry has no such field. */
                fault?: number | string | null;
                /** @description The value of a field. Null, like an empty text, means that the entry has no such field. */
                group?: number | string | null;
                /** @description The value of a field. Null, like an empty text, means that the entry has no such field. */
                method?: number | string | null;
                /** @description The value of a field. Null, like an empty text, means that the entry has no such field. */
                operation?: number | string | null;
                /** @description The value of a field. Null, like an empty text, means that the entry has no such field. */
                path?: number | string | null;
                /** @description The value of a field. Null, like an empty text, means that the entry has no such field. */
                request?: number | string | null;
                /** @description The value of a field. Null, like an empty text, means that the entry has no such field. */
                request_id?: number | string | null;
                /** @description The value of a field. Null, like an empty text, means that the entry has no such field. */
                response?: number | string | null;
                /** @description The value of a field. Null, like an empty text, means that the entry has no such field. */
                session?: number | string | null;
                /** @description The value of a field. Null, like an empty text, means that the entry has no such field. */
                status?: number | string | null;
                /** @description The value of a field. Null, like an empty text, means that the entry has no such field. */
                store?: number | string | null;
                /** @description The value of a field. Null, like an empty text, means that the entry has no such field. */
                time?: number | string | null;
                /** @description The value of a field. Null, like an empty text, means that the entry has no such field. */
                user?: number | string | null;
            };
            /**
             * @description The time to wait for the expectation to be met, such as `2s`, by the machine's clock; at most one
             *     minute. It is checked once if not set.
             */
            within?: string | null;
        };
        /** @description Why a rule hit a request, or why not. */
        ExplainReply: {
            /** @description Every condition, in the order of evaluation. */
            conditions: components["schemas"]["RuleCondition"][];
            /** @description Whether the rule hit it. */
            fired: boolean;
            /** @description The id of the rule. */
            id: string;
            /** @description The first condition that did not hold, in one line. */
            reason: string;
            /**
             * Format: uint64
             * @description The number of the entry.
             */
            seq: number;
        };
        /** @description An entry and a fault rule. */
        ExplainRequest: {
            /** @description The id of the rule. */
            id: string;
            /**
             * Format: uint64
             * @description The number of the entry.
             */
            seq: number;
        };
        /** @description The ids of rules that were added or replaced. */
        FaultIds: {
            /** @description In the order of the rules. */
            ids: string[];
        };
        /** @description The fault rules in force. */
        FaultList: {
            /** @description In the order in which they are tried. */
            faults: components["schemas"]["RuleView"][];
        };
        /** @description Whether each rule fired as often as it expects. */
        FaultVerdict: {
            /** @description Whether all rules did. */
            met: boolean;
            /** @description Every rule. */
            rules: components["schemas"]["RuleVerdict"][];
        };
        /** @description The difference between a request and an expectation. */
        FieldDifference: {
            /** @description The expected value. */
            expected: string;
            /** @description The field. */
            field: string;
            /** @description The value of the request. */
            found: string | null;
        };
        /** A fixture of idouble */
        Fixture: {
            access_key?: {
                /**
                 * @description The account of the caller; the account of the cloud's settings if it is left out.
                 * @default null
                 */
                account_id: string | null;
                /**
                 * @description What it may call; everything if it is left out.
                 * @default null
                 */
                allow: (string | {
                    action: string;
                    store: string;
                })[] | null;
                /**
                 * @description The cloud that it is for; both if it is left out.
                 * @default null
                 * @enum {string|null}
                 */
                cloud: "aws" | "huawei" | null;
                /**
                 * @description What it may not call, whatever `allow` says.
                 * @default []
                 */
                deny: (string | {
                    action: string;
                    store: string;
                })[];
                /**
                 * Format: date-time
                 * @description When it expires, such as `2030-01-01T00:00:00Z`, by the emulator's clock.
                 */
                expires?: string | null;
                /** @description The id, such as `AKIAIOSFODNN7EXAMPLE`: visible ASCII characters except `/ , = " ' \`. */
                id: string;
                /** @description The secret that signatures are made with. It is never shown. */
                secret: string;
                /**
                 * @description The token that requests must carry, if the key is a temporary one. It is never shown.
                 * @default null
                 */
                session_token: string | null;
            }[];
            account?: {
                /** @description The address of the root user; one at example.com if it is left out. */
                email?: string | null;
                id: string;
                /** @description A time of RFC 3339, or milliseconds since 1970. */
                joined_at?: string | number | null;
                name: string;
                suspended?: boolean;
            }[];
            store?: {
                account_assignment?: {
                    account: string;
                    /** @description A group's display name or id. */
                    group?: string | null;
                    /** @description A permission set's name or id. */
                    permission_set: string;
                    /** @description A user's name or id. Exactly one of `user` and `group` is given. */
                    user?: string | null;
                }[];
                group?: {
                    /** @description A time of RFC 3339, or milliseconds since 1970. */
                    created_at?: string | number;
                    created_by?: string;
                    description?: string;
                    display_name?: string;
                    external_ids?: {
                        id: string;
                        issuer: string;
                    }[];
                    id?: string;
                    members?: string[];
                    revision?: number | string;
                    /** @description A time of RFC 3339, or milliseconds since 1970. */
                    updated_at?: string | number;
                    updated_by?: string;
                }[];
                id: string;
                identity_provider?: {
                    certificate: {
                        id?: string | null;
                        /** @description An X.509 certificate in PEM. */
                        pem: string;
                    }[];
                    /** @default false */
                    enabled: boolean;
                    entity_id: string;
                    id?: string | null;
                    login_url: string;
                    /** @default false */
                    want_request_signed: boolean;
                }[];
                membership?: {
                    /** @description A time of RFC 3339, or milliseconds since 1970. */
                    created_at?: string | number;
                    created_by?: string;
                    /** @description A group's display name or id. */
                    group: string;
                    id?: string;
                    revision?: number | string;
                    /** @description A time of RFC 3339, or milliseconds since 1970. */
                    updated_at?: string | number;
                    updated_by?: string;
                    /** @description A user's name or id. */
                    user: string;
                }[];
                mfa_device?: {
                    display_name?: string | null;
                    id?: string | null;
                    name?: string | null;
                    /** @description A time of RFC 3339, or milliseconds since 1970. */
                    registered_at?: string | number | null;
                    /** @description A user's name or id. */
                    user: string;
                }[];
                network_configuration?: {
                    api_allow_source_ips?: string[];
                    api_restrict_source_vpcs?: string[];
                    scim_allow_source_ips?: string[];
                    vpce_access_required: boolean;
                };
                /** @description The password policy of a store. */
                password_policy?: {
                    max_password_age?: number | null;
                    /** @default 8 */
                    minimum_password_length: number;
                    /** @default 1 */
                    password_reuse_prevention: number;
                    /** @default true */
                    require_lowercase_characters: boolean;
                    /** @default true */
                    require_numbers: boolean;
                    /** @default true */
                    require_symbols: boolean;
                    /** @default true */
                    require_uppercase_characters: boolean;
                };
                permission_set?: {
                    /** @description A time of RFC 3339, or milliseconds since 1970. */
                    created_at?: string | number | null;
                    customer_managed_policies?: {
                        name: string;
                        path?: string | null;
                    }[];
                    description?: string | null;
                    id?: string | null;
                    /** @description A policy as JSON text. */
                    inline_policy?: string | null;
                    managed_policies?: string[];
                    name: string;
                    relay_state?: string | null;
                    /** @description ISO 8601; one hour if it is left out. */
                    session_duration?: string | null;
                    tags?: {
                        [key: string]: string;
                    };
                }[];
                service_provider_certificate?: {
                    /** @default false */
                    active: boolean;
                    id?: string | null;
                    /** @description An X.509 certificate in PEM. */
                    pem: string;
                }[];
                session?: {
                    /** @description A time of RFC 3339, or milliseconds since 1970. */
                    created_at?: string | number | null;
                    id?: string | null;
                    ip_address?: string | null;
                    /** @description A time of RFC 3339, or milliseconds since 1970. */
                    not_after: string | number;
                    /** @description A user's name or id. */
                    user: string;
                    user_agent?: string | null;
                }[];
                tenant?: {
                    /** @description A time of RFC 3339, or milliseconds since 1970. */
                    created_at?: string | number | null;
                    id?: string | null;
                    token?: {
                        /** @description A time of RFC 3339, or milliseconds since 1970. */
                        created_at?: string | number | null;
                        /** @description A time of RFC 3339, or milliseconds since 1970. */
                        expires_at: string | number;
                        id?: string | null;
                    }[];
                }[];
                user?: {
                    addresses?: {
                        country?: string;
                        formatted?: string;
                        locality?: string;
                        postal_code?: string;
                        primary?: boolean;
                        region?: string;
                        street_address?: string;
                        type?: string;
                    }[];
                    birthdate?: string;
                    /** @description A time of RFC 3339, or milliseconds since 1970. */
                    created_at?: string | number;
                    created_by?: string;
                    display_name?: string;
                    emails?: {
                        primary?: boolean;
                        type?: string;
                        value?: string;
                        /** @enum {unknown} */
                        verification_status?: "NOT_VERIFIED" | "VERIFIED";
                    }[];
                    /** @default true */
                    enabled: boolean;
                    enterprise?: {
                        cost_center?: string;
                        department?: string;
                        division?: string;
                        employee_number?: string;
                        manager?: string | {
                            value?: string;
                        };
                        organization?: string;
                    };
                    external_ids?: {
                        id: string;
                        issuer: string;
                    }[];
                    id?: string;
                    locale?: string;
                    name?: {
                        family_name?: string;
                        formatted?: string;
                        given_name?: string;
                        honorific_prefix?: string;
                        honorific_suffix?: string;
                        middle_name?: string;
                    };
                    nickname?: string;
                    /** @enum {unknown} */
                    password_mode?: "OTP" | "EMAIL";
                    phone_numbers?: {
                        primary?: boolean;
                        type?: string;
                        value?: string;
                    }[];
                    photos?: {
                        display?: string;
                        primary?: boolean;
                        type?: string;
                        value: string;
                    }[];
                    preferred_language?: string;
                    profile_url?: string;
                    revision?: number | string;
                    roles?: {
                        primary?: boolean;
                        type?: string;
                        value?: string;
                    }[];
                    timezone?: string;
                    title?: string;
                    /** @description A time of RFC 3339, or milliseconds since 1970. */
                    updated_at?: string | number;
                    updated_by?: string;
                    user_name: string;
                    user_type?: string;
                    website?: string;
                }[];
            }[];
        };
        /** @description A change of a group. What is not set stays. */
        GroupChange: {
            /**
             * @description The attributes to replace, each as a whole, as fixtures spell them; null removes one.
             * @default {}
             */
            attributes: {
                [key: string]: unknown;
            };
            /**
             * Format: uint64
             * @description The revision that the group must have.
             */
            revision?: number | null;
        };
        /** @description A membership of a user. */
        GroupOfUser: {
            /** @description The id of the group. */
            group: string;
            /** @description The display name of the group. */
            group_name: string | null;
            /** @description The id of the membership. */
            id: string;
        };
        /** @description A page of groups. */
        GroupPage: {
            /** @description Oldest first. */
            groups: components["schemas"]["GroupSummary"][];
            /**
             * Format: uint64
             * @description The value of `after` for the next page; null on the last page.
             */
            next_after: number | null;
            /**
             * Format: uint
             * @description The number of groups that match, on all pages.
             */
            total: number;
        };
        /** @description A group in a list. */
        GroupSummary: {
            /** @description The description. */
            description: string | null;
            /** @description The display name. */
            display_name: string | null;
            /** @description The id. */
            id: string;
            /**
             * Format: uint
             * @description The number of members.
             */
            members: number;
            /**
             * Format: date-time
             * @description The time of the last change.
             */
            updated_at: string;
        };
        /** @description A group. */
        GroupView: {
            /** @description All attributes, as fixtures spell them. */
            attributes: {
                [key: string]: unknown;
            };
            /**
             * Format: date-time
             * @description The time of the creation.
             */
            created_at: string;
            /** @description The author of the creation. */
            created_by: string;
            /** @description The display name. */
            display_name: string | null;
            /** @description The id. */
            id: string;
            /** @description A page of the memberships, oldest first. */
            memberships: components["schemas"]["UserOfGroup"][];
            /**
             * Format: uint
             * @description The number of memberships.
             */
            memberships_total: number;
            /**
             * Format: uint64
             * @description The value of `after` for the next page of memberships; null on the last page.
             */
            next_after: number | null;
            /**
             * Format: uint64
             * @description The revision, which each change increases.
             */
            revision: number;
            /** @description The id of the store. */
            store: string;
            /**
             * Format: date-time
             * @description The time of the last change.
             */
            updated_at: string;
            /** @description The author of the last change. */
            updated_by: string;
            /** @description The group as each dialect shows it. */
            views: components["schemas"]["DialectView"][];
        };
        /** @description The state of the server. */
        Health: {
            /** @description The dialects that are served. */
            dialects: string[];
            /** @description Whether the stores are loaded. */
            ready: boolean;
            /**
             * Format: uint64
             * @description The seed of ids and draws.
             */
            seed: number;
            /** @description `ok`, or `loading` before the stores are loaded. */
            status: components["schemas"]["HealthStatus"];
            /**
             * Format: uint
             * @description The number of stores.
             */
            stores: number;
            /**
             * Format: uint64
             * @description Seconds since the start of the process, by the machine's clock.
             */
            uptime_s: number;
            /**
             * Format: uint64
             * @description The number of users in all stores.
             */
            users: number;
            /** @description The version of idouble. */
            version: string;
        };
        /** @description Whether the stores are loaded. */
        HealthStatus: "ok" | "loading";
        /** @description The calls of the control API. */
        Index: {
            /** @description Every call. */
            calls: components["schemas"]["CallSummary"][];
            /** @description The path of the OpenAPI document. */
            openapi: string;
        };
        /** @description A number of entries. */
        JournalCount: {
            /**
             * Format: uint
             * @description The number.
             */
            count: number;
        };
        /** @description An entry with what its request changed. */
        JournalDetail: {
            /** @description What an update changed of a user or group, by attribute; none for other requests. */
            changes: components["schemas"]["AttributeChange"][];
            /** @description The request as a command of a shell, without what is hidden; null if it cannot be written so. */
            curl: string | null;
            /** @description The entry. */
            entry: components["schemas"]["JournalEntry"];
            /** @description Why it cannot. */
            reason: string | null;
            /** @description Whether the request can be sent again. */
            replayable: boolean;
        };
        /**
         * @description A journal entry as it is shown: secrets are hidden, control characters are escaped. A member is null if
         *     the request has no such value.
         */
        JournalEntry: {
            /**
             * Format: uint32
             * @description The attempt that the SDK counted, from 1.
             */
            attempt: number | null;
            /** @description Why the caller was rejected, or would have been in mode `strict`. */
            auth?: string | null;
            /** @description `aws`, `huawei` or `scim`. */
            dialect: string;
            /**
             * Format: uint64
             * @description Duration in microseconds.
             */
            duration_us: number;
            /** @description The vendor's error code, else the neutral name. */
            error: string | null;
            /** @description The id of the fault rule that fired. */
            fault: string | null;
            /** @description The id of the group in the request. */
            group: string | null;
            /** @description The display name of that group now, if it is known. */
            group_name?: string | null;
            /** @description The neutral name of the error, such as `not_found`. */
            kind: string | null;
            /** @description The method. */
            method: string;
            /** @description The operation, such as `UpdateUser`. */
            operation: string | null;
            /** @description Path and query. */
            path: string | null;
            /** @description The request's body: JSON, or its size if it is not JSON. */
            request: unknown;
            /** @description The request id in the response. */
            request_id: string;
            /** @description The response's body: JSON, or its size if it is not JSON. */
            response: unknown;
            /**
             * Format: uint64
             * @description Number of the entry, from 1.
             */
            seq: number;
            /** @description `x-idouble-session`, else the access key id. */
            session: string | null;
            /**
             * Format: uint16
             * @description The status of the response.
             */
            status: number | null;
            /** @description The id of the store in the request. */
            store: string | null;
            /** @description Whether the bodies were left out because they are too large. */
            stripped?: boolean;
            /** @description Time of arrival, by the service's clock. */
            time: string;
            /** @description The id of the user in the request. */
            user: string | null;
            /** @description The user name of that user now, if it is known. */
            user_name?: string | null;
        };
        /** @description A page of entries. */
        JournalPage: {
            /** @description Newest first. */
            entries: components["schemas"]["JournalEntry"][];
            /**
             * Format: uint64
             * @description The value of `before` for the next page; null on the last page.
             */
            next_before: number | null;
        };
        /**
         * @description How long a rule lives. It ends when the first of these limits is reached.
         *
         *     Written as a number of hits such as `3x`, as a time such as `2m`, or as a table.
         */
        Life: {
            /** @description The time since it was added or last renewed, on the emulator's clock. */
            lease?: string | null;
            /** @description The time since it was added, on the emulator's clock. */
            time?: string | null;
            /**
             * Format: uint32
             * @description The number of requests that it hits.
             */
            times?: number | null;
        };
        /** @description A log-normal delay: half are below the median, one in a hundred is above the p99. */
        LogNormal: {
            /** @description The longest delay; five minutes if not set. */
            max?: string | null;
            /** @description The median, at least one millisecond. */
            median: string;
            /** @description The 99th percentile, not below the median. */
            p99: string;
        };
        /** @description The id of a new membership. */
        MembershipCreated: {
            /** @description The id. */
            id: string;
        };
        /** @description A group to create. */
        NewGroup: {
            /** @description The attributes, as fixtures spell them. */
            attributes: {
                [key: string]: unknown;
            };
        };
        /** @description A membership to create. */
        NewMembership: {
            /** @description The id or display name of the group. */
            group: string;
            /** @description The id or user name of the user. */
            user: string;
        };
        /** @description A session to create: its store is empty, or from a copy or a fixture, but not from both. */
        NewSession: {
            /** @description The id of the store to copy. */
            copy?: string | null;
            /** @description A fault rule or a list of them. They are about the requests of the session only. */
            faults?: components["schemas"]["Rules"] | null;
            /**
             * @description A fixture with one store, or the store alone. A string is the text of a fixture file, TOML or JSON.
             *     The id of the store in it is not used.
             */
            fixture?: (components["schemas"]["OneStore"] | string) | null;
            /** @description The name of the fixture file in error messages. */
            fixture_name?: string | null;
        };
        /** @description A store to create: empty, or from a copy or a fixture, but not from both. */
        NewStore: {
            /** @description The id of the store to copy. */
            copy?: string | null;
            /** @description A fixture with one store, or the store alone. A string is the text of a fixture file, TOML or JSON. */
            fixture?: (components["schemas"]["OneStore"] | string) | null;
            /** @description The name of the fixture file in error messages. */
            fixture_name?: string | null;
            /** @description The id; without it, that of the fixture, or a new one. */
            id?: string | null;
        };
        /** @description A user to create. */
        NewUser: {
            /** @description The attributes, as fixtures spell them. */
            attributes: {
                [key: string]: unknown;
            };
        };
        OneStore: components["schemas"]["Fixture"] | components["schemas"]["Store"];
        /** @description What has a count, a rate and draws of its own. */
        Per: "rule" | "session" | "store" | "user" | "op" | "invocation" | "connection";
        /** @description Operations: a pattern such as identitystore:Describe*, in all stores or in one. */
        Permission: string | {
            action: string;
            store: string;
        };
        /** @description Every preset. */
        PresetList: {
            /** @description In the order of the documentation. */
            presets: components["schemas"]["PresetView"][];
        };
        /** @description A preset. */
        PresetView: {
            /** @description What it does, in one line. */
            description: string;
            /** @description Its name. */
            name: string;
            /** @description Its rules. */
            rules: components["schemas"]["Rule"][];
            /** @description The file, with comments. */
            toml: string;
        };
        /** @description The requests that a rule would hit. */
        PreviewReply: {
            /** @description The numbers of the requests that are hit, from 1. */
            hits: number[];
            /** @description One character a request: `x` for a hit, `.` for none. */
            pattern: string;
        };
        /** @description A preview of a rule: either of one in force, by its id, or of a rule in the request. */
        PreviewRequest: {
            /** @description The id of a rule in force. */
            id?: string;
            /**
             * @description The value by which the rule counts requests, if it has a `per`.
             * @default
             */
            key: string;
            /**
             * Format: uint
             * @description The number of requests to look ahead.
             */
            n: number;
            /** @description A rule that is not in force. */
            rule?: components["schemas"]["Rule"];
        } & (unknown | unknown);
        /** @description The number of removed things. */
        Removed: {
            /**
             * Format: uint
             * @description The number.
             */
            removed: number;
        };
        /** @description The result of a replay. */
        ReplayReply: {
            /** @description The entry of the new request; null if the journal has dropped it already. */
            entry: components["schemas"]["JournalEntry"] | null;
            /**
             * Format: uint64
             * @description The number of the original entry.
             */
            replayed: number;
        };
        /** @description The body of a replay, which has no members. */
        ReplayRequest: Record<string, never>;
        /** @description What was reset. */
        ResetReply: {
            /** @description `all`, or the id of the store. */
            reset: string;
            /**
             * Format: uint
             * @description The number of stores that are in their initial state.
             */
            stores: number;
            /**
             * Format: uint64
             * @description The number of users in them.
             */
            users: number;
        };
        /** @description What to reset. */
        ResetRequest: {
            /** @description The id of one store; everything is reset without it. */
            store?: string | null;
        };
        /** @description A rule: which requests it is about, which of them it hits, what happens to those, and for how long. */
        Rule: {
            /** @description What happens to a request that it hits. */
            do: string | components["schemas"]["Effect"];
            /** @description How often the rule must hit for the verdict to be met. */
            expect?: (number | string) | null;
            /** @description How long the rule lives; without end if not set. */
            for?: string | components["schemas"]["Life"];
            /** @description The name of the rule, in responses, reports and the control API. Generated if there is none. */
            id?: string | null;
            /** @description Which requests the rule is about. */
            on: (string | string[]) | components["schemas"]["Selector"];
            /**
             * @description Which of the matching requests it hits; all of them if not set.
             * @default always
             */
            when: string | components["schemas"]["Trigger"];
        };
        /** @description A change of a rule that keeps its counters. */
        RuleChange: {
            /** @description Whether the rule is switched off. */
            paused: boolean;
        };
        /** @description A condition of a rule, and whether a request fulfilled it. */
        RuleCondition: {
            /** @description What the rule expects. */
            expected: string;
            /** @description What the request had; null if it had nothing, or if that is not known. */
            found: string | null;
            /** @description Whether the condition held; null if that is not known. */
            holds: boolean | null;
            /**
             * @description The part of the rule, such as `on.user`, `when.p` or `for.times`. `added`, `paused` and `order` are about
             *     the rule as a whole.
             */
            path: string;
        };
        /** @description Whether a rule did what was expected. */
        RuleVerdict: {
            /** @description How often it had to hit. */
            expected?: (number | string) | null;
            /**
             * Format: uint64
             * @description The number of requests that it hit.
             */
            fired: number;
            /** @description The id of the rule. */
            id: string;
            /**
             * Format: uint64
             * @description The number of requests that matched.
             */
            matched: number;
            /** @description Whether it hit as often as expected. A rule without an expectation is met if it matched. */
            met: boolean;
        };
        /** @description A rule in force, with its counters. */
        RuleView: {
            /** @description What happens to a request that it hits. */
            do: string | components["schemas"]["Effect"];
            /** @description The last matches, oldest first: `x` for a hit, `.` for none. */
            draws: string;
            /** @description How often the rule must hit for the verdict to be met. */
            expect?: (number | string) | null;
            /**
             * Format: uint64
             * @description The number of requests that it hit.
             */
            fired: number;
            /** @description How long the rule lives; without end if not set. */
            for?: string | components["schemas"]["Life"];
            /** @description The name of the rule, in responses, reports and the control API. Generated if there is none. */
            id?: string | null;
            /** @description Whether its `for` has not ended. */
            live: boolean;
            /**
             * Format: uint64
             * @description The number of requests that matched while it was live and that no earlier rule hit.
             */
            matched: number;
            /** @description Whether it hit as often as expected. A rule without an expectation is met if it matched. */
            met: boolean;
            /** @description Which requests the rule is about. */
            on: (string | string[]) | components["schemas"]["Selector"];
            /** @description Whether it is switched off. */
            paused: boolean;
            /**
             * @description Which of the matching requests it hits; all of them if not set.
             * @default always
             */
            when: string | components["schemas"]["Trigger"];
        };
        Rules: components["schemas"]["Rule"] | components["schemas"]["Rule"][];
        /**
         * @description Which requests a rule is about. Everything that is set must match.
         *
         *     Written as a pattern of operations, as a list of patterns, or as a table.
         */
        Selector: {
            /**
             * @description The attempt of an SDK's call, from 1. A request that does not name its attempt counts as the
             *     ordinal of the match.
             */
            attempt?: (number | string) | null;
            /** @description An attribute that the request updates, filters by or looks up by, in the spelling of any dialect. */
            attribute?: string | null;
            /** @description The id of the group, in which `*` is any text. */
            group?: string | null;
            /** @description Headers and their values, in which `*` is any text. All of them must be present. */
            header?: {
                [key: string]: string;
            };
            /**
             * @description Operations: `aws:UpdateUser`, `*:Delete*`, `read`, `write`, or a list of such patterns. Every
             *     operation if there is none.
             */
            op?: string | string[];
            /** @description The session: the header `x-idouble-session`, or else the access key id. `*` is any text. */
            session?: string | null;
            /** @description The id of the store, in which `*` is any text. */
            store?: string | null;
            /** @description The id of the user, in which `*` is any text. */
            user?: string | null;
        };
        /** @description A new session. */
        SessionCreated: {
            /**
             * @description The access key id with which the clients of the session sign. It is the id of the session in rules
             *     and in the journal, too.
             */
            access_key: string;
            /** @description The ids of its fault rules, in the order of the rules. */
            faults: string[];
            /** @description The id of the session. */
            id: string;
            /** @description The secret to sign with, which only modes other than `off` check. */
            secret_key: string;
            /** @description The id of its store. */
            store: string;
        };
        /** @description A setting, its value and where that comes from. */
        Setting: {
            /** @description The key in the configuration file, such as `journal.entries`. */
            key: string;
            /**
             * @description `default`, a flag such as `--port`, a variable such as `IDOUBLE_PORT`, the name of the configuration file, or
             *     `builder` for a setting of the Rust API.
             */
            source: string;
            /** @description The value; null if it is not set. */
            value: unknown;
        };
        /** @description All snapshots. */
        SnapshotList: {
            /** @description Sorted by name. */
            snapshots: components["schemas"]["SnapshotSummary"][];
        };
        /** @description A snapshot was restored. */
        SnapshotRestored: {
            /** @description The name. */
            restored: string;
            /**
             * Format: uint
             * @description The number of stores in it.
             */
            stores: number;
        };
        /** @description A snapshot was saved. */
        SnapshotSaved: {
            /** @description The name. */
            snapshot: string;
            /**
             * Format: uint
             * @description The number of stores in it.
             */
            stores: number;
        };
        /** @description One snapshot. */
        SnapshotSummary: {
            /**
             * Format: date-time
             * @description When it was taken, by the service's clock.
             */
            at: string;
            /** @description The name. */
            name: string;
            /** @description The ids of the stores in it. */
            stores: string[];
        };
        /** @description What was written. */
        StateSaved: {
            /**
             * Format: uint
             * @description The number of stores.
             */
            saved: number;
        };
        Store: {
            account_assignment?: {
                account: string;
                /** @description A group's display name or id. */
                group?: string | null;
                /** @description A permission set's name or id. */
                permission_set: string;
                /** @description A user's name or id. Exactly one of `user` and `group` is given. */
                user?: string | null;
            }[];
            group?: {
                /** @description A time of RFC 3339, or milliseconds since 1970. */
                created_at?: string | number;
                created_by?: string;
                description?: string;
                display_name?: string;
                external_ids?: {
                    id: string;
                    issuer: string;
                }[];
                id?: string;
                members?: string[];
                revision?: number | string;
                /** @description A time of RFC 3339, or milliseconds since 1970. */
                updated_at?: string | number;
                updated_by?: string;
            }[];
            id?: string;
            identity_provider?: {
                certificate: {
                    id?: string | null;
                    /** @description An X.509 certificate in PEM. */
                    pem: string;
                }[];
                /** @default false */
                enabled: boolean;
                entity_id: string;
                id?: string | null;
                login_url: string;
                /** @default false */
                want_request_signed: boolean;
            }[];
            membership?: {
                /** @description A time of RFC 3339, or milliseconds since 1970. */
                created_at?: string | number;
                created_by?: string;
                /** @description A group's display name or id. */
                group: string;
                id?: string;
                revision?: number | string;
                /** @description A time of RFC 3339, or milliseconds since 1970. */
                updated_at?: string | number;
                updated_by?: string;
                /** @description A user's name or id. */
                user: string;
            }[];
            mfa_device?: {
                display_name?: string | null;
                id?: string | null;
                name?: string | null;
                /** @description A time of RFC 3339, or milliseconds since 1970. */
                registered_at?: string | number | null;
                /** @description A user's name or id. */
                user: string;
            }[];
            network_configuration?: {
                api_allow_source_ips?: string[];
                api_restrict_source_vpcs?: string[];
                scim_allow_source_ips?: string[];
                vpce_access_required: boolean;
            };
            /** @description The password policy of a store. */
            password_policy?: {
                max_password_age?: number | null;
                /** @default 8 */
                minimum_password_length: number;
                /** @default 1 */
                password_reuse_prevention: number;
                /** @default true */
                require_lowercase_characters: boolean;
                /** @default true */
                require_numbers: boolean;
                /** @default true */
                require_symbols: boolean;
                /** @default true */
                require_uppercase_characters: boolean;
            };
            permission_set?: {
                /** @description A time of RFC 3339, or milliseconds since 1970. */
                created_at?: string | number | null;
                customer_managed_policies?: {
                    name: string;
                    path?: string | null;
                }[];
                description?: string | null;
                id?: string | null;
                /** @description A policy as JSON text. */
                inline_policy?: string | null;
                managed_policies?: string[];
                name: string;
                relay_state?: string | null;
                /** @description ISO 8601; one hour if it is left out. */
                session_duration?: string | null;
                tags?: {
                    [key: string]: string;
                };
            }[];
            service_provider_certificate?: {
                /** @default false */
                active: boolean;
                id?: string | null;
                /** @description An X.509 certificate in PEM. */
                pem: string;
            }[];
            session?: {
                /** @description A time of RFC 3339, or milliseconds since 1970. */
                created_at?: string | number | null;
                id?: string | null;
                ip_address?: string | null;
                /** @description A time of RFC 3339, or milliseconds since 1970. */
                not_after: string | number;
                /** @description A user's name or id. */
                user: string;
                user_agent?: string | null;
            }[];
            tenant?: {
                /** @description A time of RFC 3339, or milliseconds since 1970. */
                created_at?: string | number | null;
                id?: string | null;
                token?: {
                    /** @description A time of RFC 3339, or milliseconds since 1970. */
                    created_at?: string | number | null;
                    /** @description A time of RFC 3339, or milliseconds since 1970. */
                    expires_at: string | number;
                    id?: string | null;
                }[];
            }[];
            user?: {
                addresses?: {
                    country?: string;
                    formatted?: string;
                    locality?: string;
                    postal_code?: string;
                    primary?: boolean;
                    region?: string;
                    street_address?: string;
                    type?: string;
                }[];
                birthdate?: string;
                /** @description A time of RFC 3339, or milliseconds since 1970. */
                created_at?: string | number;
                created_by?: string;
                display_name?: string;
                emails?: {
                    primary?: boolean;
                    type?: string;
                    value?: string;
                    /** @enum {unknown} */
                    verification_status?: "NOT_VERIFIED" | "VERIFIED";
                }[];
                /** @default true */
                enabled: boolean;
                enterprise?: {
                    cost_center?: string;
                    department?: string;
                    division?: string;
                    employee_number?: string;
                    manager?: string | {
                        value?: string;
                    };
                    organization?: string;
                };
                external_ids?: {
                    id: string;
                    issuer: string;
                }[];
                id?: string;
                locale?: string;
                name?: {
                    family_name?: string;
                    formatted?: string;
                    given_name?: string;
                    honorific_prefix?: string;
                    honorific_suffix?: string;
                    middle_name?: string;
                };
                nickname?: string;
                /** @enum {unknown} */
                password_mode?: "OTP" | "EMAIL";
                phone_numbers?: {
                    primary?: boolean;
                    type?: string;
                    value?: string;
                }[];
                photos?: {
                    display?: string;
                    primary?: boolean;
                    type?: string;
                    value: string;
                }[];
                preferred_language?: string;
                profile_url?: string;
                revision?: number | string;
                roles?: {
                    primary?: boolean;
                    type?: string;
                    value?: string;
                }[];
                timezone?: string;
                title?: string;
                /** @description A time of RFC 3339, or milliseconds since 1970. */
                updated_at?: string | number;
                updated_by?: string;
                user_name: string;
                user_type?: string;
                website?: string;
            }[];
        };
        /** @description The id of a new or replaced store. */
        StoreCreated: {
            /** @description The id. */
            id: string;
        };
        /** @description All stores. */
        StoreList: {
            /** @description The bearer token of both SCIM paths. */
            scim_token: string;
            /** @description In order of creation. */
            stores: components["schemas"]["StoreSummary"][];
        };
        /** @description One store. */
        StoreSummary: {
            /**
             * Format: uint64
             * @description The number of groups.
             */
            groups: number;
            /** @description The id. */
            id: string;
            /**
             * Format: uint64
             * @description The number of memberships.
             */
            memberships: number;
            /** @description The path of SCIM, as AWS serves it. */
            scim_path: string;
            /** @description The path of SCIM, as the RFCs describe it. */
            scim_rfc_path: string;
            /**
             * Format: uint64
             * @description The number of users.
             */
            users: number;
        };
        /** @description A rule as TOML. */
        TomlReply: {
            /** @description The `[[fault]]` table of a configuration file. */
            toml: string;
        };
        /** @description A rule to write as TOML. */
        TomlRequest: {
            /** @description The rule. */
            rule: components["schemas"]["Rule"];
        };
        /**
         * @description Which of the matching requests a rule hits. Every condition that is set must hold.
         *
         *     Written as `always`, as a chance such as `0.3`, as a pattern such as `xx.`, as conditions such as
         *     `p=0.5,per=user`, or as a table.
         */
        Trigger: {
            /**
             * Format: uint32
             * @description The number of requests at once that the rate allows; its count by default.
             */
            burst?: number | null;
            /**
             * Format: uint32
             * @description Every n-th match.
             */
            every?: number | null;
            /**
             * Format: uint32
             * @description The first matches, up to this number.
             */
            first?: number | null;
            /** @description These matches, from 1. */
            nth?: number | number[];
            /** @description The matches that exceed this rate. */
            over?: string | null;
            /**
             * Format: double
             * @description With this chance, from 0 to 1.
             */
            p?: number | null;
            /** @description One character for each match, repeated: `x` hits, `.` does not. */
            pattern?: string | null;
            /** @description What has a count, a rate and draws of its own. */
            per?: components["schemas"]["Per"];
            /**
             * Format: double
             * @description Always for this part of the keys of `per`, from 0 to 1, and never for the others.
             */
            share?: number | null;
            /**
             * Format: uint32
             * @description Not the first matches, up to this number. The other conditions count from after them.
             */
            skip?: number | null;
            /** @description While the age of the rule is in this range. */
            window?: string | null;
        };
        /** @description A change of a user. What is not set stays. */
        UserChange: {
            /**
             * @description The attributes to replace, each as a whole, as fixtures spell them; null removes one.
             * @default {}
             */
            attributes: {
                [key: string]: unknown;
            };
            /** @description Whether the user may sign in. */
            enabled?: boolean | null;
            /**
             * Format: uint64
             * @description The revision that the user must have.
             */
            revision?: number | null;
        };
        /** @description A membership of a group. */
        UserOfGroup: {
            /** @description The id of the membership. */
            id: string;
            /** @description The id of the user. */
            user: string;
            /** @description The user name. */
            user_name: string;
        };
        /** @description A page of users. */
        UserPage: {
            /**
             * Format: uint64
             * @description The value of `after` for the next page; null on the last page.
             */
            next_after: number | null;
            /**
             * Format: uint
             * @description The number of users that match, on all pages.
             */
            total: number;
            /** @description Oldest first. */
            users: components["schemas"]["UserSummary"][];
        };
        /** @description A user in a list. */
        UserSummary: {
            /** @description The display name. */
            display_name: string | null;
            /** @description The first e-mail address. */
            email: string | null;
            /** @description Whether the user may sign in. */
            enabled: boolean;
            /** @description The id. */
            id: string;
            /**
             * Format: date-time
             * @description The time of the last change.
             */
            updated_at: string;
            /** @description The user name. */
            user_name: string;
        };
        /** @description A user. */
        UserView: {
            /** @description All attributes, as fixtures spell them. */
            attributes: {
                [key: string]: unknown;
            };
            /**
             * Format: date-time
             * @description The time of the creation.
             */
            created_at: string;
            /** @description The author of the creation. */
            created_by: string;
            /** @description Whether the user may sign in. */
            enabled: boolean;
            /** @description The id. */
            id: string;
            /** @description A page of the memberships, oldest first. */
            memberships: components["schemas"]["GroupOfUser"][];
            /**
             * Format: uint
             * @description The number of memberships.
             */
            memberships_total: number;
            /**
             * Format: uint64
             * @description The value of `after` for the next page of memberships; null on the last page.
             */
            next_after: number | null;
            /**
             * Format: uint64
             * @description The revision, which each change increases.
             */
            revision: number;
            /** @description The id of the store. */
            store: string;
            /**
             * Format: date-time
             * @description The time of the last change.
             */
            updated_at: string;
            /** @description The author of the last change. */
            updated_by: string;
            /** @description The user name. */
            user_name: string;
            /** @description The user as each dialect shows it. */
            views: components["schemas"]["DialectView"][];
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
    get_index: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Index"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get_access-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessKeyList"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post_access-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["AccessKey"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessKeyView"];
                };
            };
            /** @description Success */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessKeyView"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get_access-keys_id": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessKeyView"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete_access-keys_id": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removed"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_auth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuthReply"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    put_auth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["AuthReply"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuthReply"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get_ca.pem": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-pem-file": string;
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_clock: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClockReply"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    put_clock: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ClockRequest"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClockReply"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_config: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfigReply"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_events: {
        parameters: {
            query?: {
                /** @description Time of arrival, such as `>=2030-01-01T00:00:00Z` */
                time?: string;
                /** @description `aws` or `huawei` */
                dialect?: string;
                /** @description The operation, such as `UpdateUser` */
                operation?: string;
                /** @description The id of the store */
                store?: string;
                /** @description The id of the user in the request */
                user?: string;
                /** @description The id of the group in the request */
                group?: string;
                /** @description `x-idouble-session`, else the access key id */
                session?: string;
                /** @description The attempt that the SDK counted, from 1, or `>1` */
                attempt?: string;
                /** @description The request id in the response */
                request_id?: string;
                /** @description The method */
                method?: string;
                /** @description The path, without its query */
                path?: string;
                /** @description The status, such as `404`, `4xx` or `>=400` */
                status?: string;
                /** @description The error code, or a name such as `not_found` */
                error?: string;
                /** @description The id of the fault rule that fired */
                fault?: string;
                /** @description Duration in microseconds, such as `>=1000` */
                duration_us?: string;
                /** @description Text that the request body contains, as shown */
                request?: string;
                /** @description Text that the response body contains, as shown */
                response?: string;
                /** @description The requests of the journal after this number come first */
                after?: number;
                /** @description The number of requests a second at most; the others are counted in `lost` events */
                rate?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_faults: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FaultList"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    put_faults: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Rules"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FaultIds"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_faults: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Rules"];
            };
        };
        responses: {
            /** @description Success */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FaultIds"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_faults: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removed"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_faults_explain: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ExplainRequest"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExplainReply"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_faults_preview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["PreviewRequest"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PreviewReply"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_faults_toml: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TomlRequest"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TomlReply"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_faults_verdict: {
        parameters: {
            query?: {
                /** @description Only the rules that are about this session alone */
                session?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FaultVerdict"];
                };
            };
            /** @description Success */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FaultVerdict"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_faults_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleView"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    put_faults_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Rule"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FaultIds"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_faults_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removed"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_faults_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["RuleChange"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleView"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
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
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description Success */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_journal: {
        parameters: {
            query?: {
                /** @description Time of arrival, such as `>=2030-01-01T00:00:00Z` */
                time?: string;
                /** @description `aws` or `huawei` */
                dialect?: string;
                /** @description The operation, such as `UpdateUser` */
                operation?: string;
                /** @description The id of the store */
                store?: string;
                /** @description The id of the user in the request */
                user?: string;
                /** @description The id of the group in the request */
                group?: string;
                /** @description `x-idouble-session`, else the access key id */
                session?: string;
                /** @description The attempt that the SDK counted, from 1, or `>1` */
                attempt?: string;
                /** @description The request id in the response */
                request_id?: string;
                /** @description The method */
                method?: string;
                /** @description The path, without its query */
                path?: string;
                /** @description The status, such as `404`, `4xx` or `>=400` */
                status?: string;
                /** @description The error code, or a name such as `not_found` */
                error?: string;
                /** @description The id of the fault rule that fired */
                fault?: string;
                /** @description Duration in microseconds, such as `>=1000` */
                duration_us?: string;
                /** @description Text that the request body contains, as shown */
                request?: string;
                /** @description Text that the response body contains, as shown */
                response?: string;
                /** @description The number of entries on the page */
                limit?: number;
                /** @description Only entries with a smaller number */
                before?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JournalPage"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_journal: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removed"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_journal_count: {
        parameters: {
            query?: {
                /** @description Time of arrival, such as `>=2030-01-01T00:00:00Z` */
                time?: string;
                /** @description `aws` or `huawei` */
                dialect?: string;
                /** @description The operation, such as `UpdateUser` */
                operation?: string;
                /** @description The id of the store */
                store?: string;
                /** @description The id of the user in the request */
                user?: string;
                /** @description The id of the group in the request */
                group?: string;
                /** @description `x-idouble-session`, else the access key id */
                session?: string;
                /** @description The attempt that the SDK counted, from 1, or `>1` */
                attempt?: string;
                /** @description The request id in the response */
                request_id?: string;
                /** @description The method */
                method?: string;
                /** @description The path, without its query */
                path?: string;
                /** @description The status, such as `404`, `4xx` or `>=400` */
                status?: string;
                /** @description The error code, or a name such as `not_found` */
                error?: string;
                /** @description The id of the fault rule that fired */
                fault?: string;
                /** @description Duration in microseconds, such as `>=1000` */
                duration_us?: string;
                /** @description Text that the request body contains, as shown */
                request?: string;
                /** @description Text that the response body contains, as shown */
                response?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JournalCount"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_journal_expect: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ExpectationRequest"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExpectationReply"];
                };
            };
            /** @description Success */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExpectationReply"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_journal_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JournalDetail"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_journal_id_replay: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ReplayRequest"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReplayReply"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
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
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/openmetrics-text; version=1.0.0; charset=utf-8": string;
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get_openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_presets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PresetList"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_presets_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FaultIds"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_reset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ResetRequest"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResetReply"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_sessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NewSession"];
            };
        };
        responses: {
            /** @description Success */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionCreated"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_sessions_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removed"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_snapshots: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SnapshotList"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    put_snapshots_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SnapshotSaved"];
                };
            };
            /** @description Success */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SnapshotSaved"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_snapshots_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removed"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_snapshots_id_restore: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SnapshotRestored"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_state_save: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StateSaved"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_stores: {
        parameters: {
            query?: {
                /** @description The format of a fixture: json or toml */
                format?: "json" | "toml";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoreList"] | components["schemas"]["Fixture"];
                    "application/toml": string;
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_stores: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NewStore"];
            };
        };
        responses: {
            /** @description Success */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoreCreated"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_stores_id: {
        parameters: {
            query?: {
                /** @description The format of a fixture: json or toml */
                format?: "json" | "toml";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fixture"];
                    "application/toml": string;
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    put_stores_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["OneStore"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoreCreated"];
                };
            };
            /** @description Success */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoreCreated"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_stores_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removed"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_stores_id_groups: {
        parameters: {
            query?: {
                /** @description A part of the id or of any text attribute, in any case */
                q?: string;
                /** @description The number of rows on the page */
                limit?: number;
                /** @description The `next_after` of the page before */
                after?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupPage"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_stores_id_groups: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NewGroup"];
            };
        };
        responses: {
            /** @description Success */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupView"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_stores_id_groups_item: {
        parameters: {
            query?: {
                /** @description The number of rows on the page */
                limit?: number;
                /** @description The `next_after` of the page before */
                after?: number;
            };
            header?: never;
            path: {
                id: string;
                item: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupView"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_stores_id_groups_item: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                item: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removed"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_stores_id_groups_item: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                item: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["GroupChange"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GroupView"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_stores_id_memberships: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NewMembership"];
            };
        };
        responses: {
            /** @description Success */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MembershipCreated"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_stores_id_memberships_item: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                item: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removed"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_stores_id_users: {
        parameters: {
            query?: {
                /** @description A part of the id or of any text attribute, in any case */
                q?: string;
                /** @description The number of rows on the page */
                limit?: number;
                /** @description The `next_after` of the page before */
                after?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    post_stores_id_users: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["NewUser"];
            };
        };
        responses: {
            /** @description Success */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserView"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    get_stores_id_users_item: {
        parameters: {
            query?: {
                /** @description The number of rows on the page */
                limit?: number;
                /** @description The `next_after` of the page before */
                after?: number;
            };
            header?: never;
            path: {
                id: string;
                item: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserView"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    delete_stores_id_users_item: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                item: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Removed"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    patch_stores_id_users_item: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                item: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["UserChange"];
            };
        };
        responses: {
            /** @description Success */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserView"];
                };
            };
            /** @description An error */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
}
