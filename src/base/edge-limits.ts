/** Bounds of what programs use at the edge of a node, each with its reason. */

/** Claims that one MCP session holds at a time. */
export const mcpClaimsMax = 64;
/** Between two looks at the claims of an MCP session; a third of a lease, if that is less. */
export const mcpKeepMs = 5_000;
/** How long the peers that matter may take to confirm a claim made over MCP. */
export const mcpConfirmMs = 10_000;
/** Tool calls of one MCP session that run at a time. */
export const mcpCallsMax = 32;
/** How long an MCP session that ends waits for the calls that run. */
export const mcpCloseMs = 1_000;
/** Bytes of one message of an MCP client; what a tool takes is smaller. */
export const mcpMessageBytesMax = 1_048_576;
/** Characters of a label, a name, a title or a reason that a tool takes. */
export const mcpWordMax = 1_000;
/** Labels, dependencies or fields that a tool takes in one call. */
export const mcpWordsMax = 64;
/** Characters of a note or a description that a tool takes; an op holds 64 KiB. */
export const mcpLongTextMax = 50_000;
/** Items that one tool call lists. */
export const mcpListMax = 200;
/** Items of each stage in the board that MCP clients read. */
export const mcpBoardMax = 50;
/** Characters of a field in a list of items for a model. */
export const mcpTextMax = 300;
/** Notes of an item that a model reads; the newest. */
export const mcpNotesMax = 50;
/** Blocked items that a model is told of when nothing is ready. */
export const mcpBlockedMax = 10;
/** Peers that a model is told of. */
export const mcpPeersMax = 20;
/** Ids that complete what a client typed; the protocol allows no more. */
export const mcpCompletionsMax = 100;
/** MCP sessions over HTTP; of more, the one that was not used for longest goes. */
export const mcpSessionsMax = 64;
/** MCP sessions over HTTP of one token. */
export const mcpSessionsOfTokenMax = 16;
/** An MCP session over HTTP ends when its client neither asks nor listens for so long. */
export const mcpIdleMs = 1_800_000;
/** Between two looks for MCP sessions that are over. */
export const mcpSweepMs = 60_000;

/** Webhooks of one node. */
export const webhooksMax = 32;
/** Messages that wait for their receivers; of more, the oldest are given up. */
export const webhookQueueMax = 10_000;
/** Messages that were given up and are kept; of more, the oldest go. */
export const webhookDeadMax = 1_000;
/** How long a receiver may take to answer. */
export const webhookTimeoutMs = 15_000;
/** From a failed attempt to the next one: nine attempts in some eight hours. */
export const webhookRetryMs: readonly number[] = [
  5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000,
];
/** A message that could not be delivered for so long is given up, however few the attempts. */
export const webhookAgeMs = 86_400_000;
/** How long a receiver that fails again and again is left alone, at most. */
export const webhookPauseMsMax = 300_000;
/** Between two looks at the queue, which another command may have changed. */
export const webhookLookMs = 5_000;
/** Ops that are read for transitions at a time. */
export const webhookScanOps = 256;
/** Items whose state is remembered between two ops about them. */
export const webhookFoldsMax = 256;
/** Characters of a title or a reason in a message. */
export const webhookTextMax = 1_000;

/** How long a process that ends waits for its last spans to be sent. */
export const traceCloseMs = 2_000;
/** A complaint of the tracing SDK is logged once in so long. */
export const traceComplaintMs = 60_000;
