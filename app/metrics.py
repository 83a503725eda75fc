"""Prometheus metrics. No label ever identifies a bot, a chat or a person."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

TICKS_DISPATCHED = Counter("chorus_ticks_dispatched_total", "Ticks claimed by the dispatcher and published")
TICKS_UNPUBLISHED = Counter("chorus_ticks_unpublished_total", "Ticks claimed but not published: they come again")
TICK_LAG = Gauge("chorus_tick_lag_seconds", "How overdue the oldest tick of the last claim was")
TICKS = Counter("chorus_ticks_total", "Ticks by what they decided", ["outcome"])
UTTERANCES = Counter("chorus_utterances_total", "Utterances by the state they came to", ["state", "reason"])
LLM_REQUESTS = Counter("chorus_llm_requests_total", "Requests to the providers", ["lane", "provider", "outcome"])
LLM_FAULTS = Counter(
    "chorus_llm_faults_total", "Failed requests to the providers by what they failed for", ["provider", "fault"]
)
LLM_PROMPTS = Histogram(
    "chorus_llm_prompts_per_request", "Prompts that shared one request", buckets=(1, 2, 3, 5, 8, 12, 20, 30, 50, 100)
)
LLM_TOKENS = Counter("chorus_llm_tokens_total", "Tokens as the provider counted them", ["direction"])
LLM_WAITS = Counter("chorus_llm_waits_total", "Times a lane had to wait for the provider's limit", ["lane"])
LLM_SECONDS = Histogram(
    "chorus_llm_request_seconds", "Latency of requests", buckets=(0.25, 0.5, 1, 2, 4, 8, 15, 30, 60)
)
LLM_ESTIMATE_RATIO = Histogram(
    "chorus_llm_token_estimate_ratio",
    "Tokens reserved for a request over tokens that the provider counted",
    ["provider"],
    buckets=(0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2, 4),
)
LLM_BREAKER_STATE = Gauge(
    "chorus_llm_breaker_state",
    "A provider's circuit breaker as this process saw it last: 0 closed, 1 half-open, 2 open",
    ["provider"],
)
LLM_BREAKER_CHANGES = Counter(
    "chorus_llm_breaker_changes_total",
    "Changes of a provider's circuit breaker, by the new state",
    ["provider", "state"],
)
LLM_COST = Counter("chorus_llm_cost_usd_total", "What requests to the providers cost", ["provider", "model"])
LLM_LEAKS = Counter("chorus_llm_leaks_total", "Answers thrown back because they held another prompt's private words")
LLM_ALONE = Counter("chorus_llm_alone_total", "Requests for one prompt that may not ride with others any more")
LLM_REPAIRS = Counter(
    "chorus_llm_repairs_total", "What had to be done to read answers of a provider, by kind", ["provider", "kind"]
)
LLM_CACHE = Counter("chorus_llm_cache_total", "Prompts looked up among answers given before", ["result"])
SENDS = Counter("chorus_telegram_sends_total", "Messages handed to Telegram, by outcome", ["outcome"])
FLOOD_WAITS = Counter("chorus_flood_waits_total", "Sends that had to wait for Telegram's limits")
UPDATES = Counter("chorus_updates_total", "Telegram updates processed, by outcome", ["outcome"])
TOKEN_CHECKS = Counter("chorus_token_checks_total", "Checks of bots' tokens and webhooks, by outcome", ["outcome"])
FEED_READS = Counter("chorus_feed_reads_total", "Readings of news feeds, by outcome", ["outcome"])
MENTION_SECONDS = Histogram(
    "chorus_mention_to_plan_seconds",
    "From a person's message to the plan of its answer",
    buckets=(0.1, 0.25, 0.5, 1, 2, 5),
)
TASKS_POSTPONED = Counter(
    "chorus_tasks_postponed_total", "Tasks that an outage of Postgres or Redis ended early", ["task"]
)
REDIS_FAILURES = Counter(
    "chorus_redis_failures_total", "Calls that broker or cache failed or refused, by reason", ["server", "reason"]
)
WORK_FAILURES = Counter(
    "chorus_work_failures_total", "Items of leased work that raised an error, by kind of work", ["kind"]
)
PRUNED = Counter("chorus_pruned_rows_total", "Rows deleted at the end of their retention", ["table"])
FORGET_REQUESTS = Counter("chorus_forget_requests_total", "People who asked to be forgotten: done, failed", ["outcome"])
TASK_ERRORS = Counter(
    "chorus_task_errors_total", "Tasks that ended with an error of the program or of a server", ["task"]
)
SWEPT = Counter("chorus_swept_total", "What the sweepers found hanging", ["kind"])
