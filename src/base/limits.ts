/** Every bound of the system in one place, in bytes and in count, each with its reason. */

/** Bytes of one op. The body bound plus header, 64 deps and actor, rounded. [WIRE 2] */
export const opBytesMax = 70_000;
/** Bytes of an op's body. [WIRE 2] */
export const bodyBytesMax = 65_536;
/** Bytes of an op's actor. [WIRE 2] */
export const actorBytesMax = 128;
/** Deps of one op. [WIRE 2] */
export const opDepsMax = 64;
/** Nesting of any JSON we parse; deeper input makes recursive code overflow. [WIRE 2] */
export const jsonDepthMax = 32;
/** Ops that one signature may vouch for, itself included. [WIRE 2] */
export const runOpsMax = 256;
/** Op bytes that one signature may vouch for. [WIRE 2] */
export const runBytesMax = 262_144;

/** Bytes of a frame before authentication: an auth frame takes under 2 KiB. [WIRE 5.1] */
export const strangerFrameBytesMax = 4_096;
/** Frames that a stranger may send before it is admitted; one is needed. */
export const strangerFramesMax = 8;
/** Bytes of any other frame. [WIRE 5] */
export const frameBytesMax = 1_048_576;
/** Bytes of bulk that we put into one frame: keeps a receiver's step to a few milliseconds. */
export const bulkFrameBytes = 131_072;
/** Ops that we load for one peer at a time. */
export const bulkPageOps = 256;
/** Entries of a clock frame that we send; more would not fit a frame (68 + 17 bytes each). */
export const clockAuthorsMax = 10_000;

/** Ops of one commit above which they go out as bulk read from the log, not as live frames. */
export const liveBurstOps = 64;
/** Live frames on their way to one peer; with more it is a slow consumer. */
export const liveFramesMax = 256;
/** Bytes on their way to one peer; with more it is a slow consumer. */
export const liveBytesMax = 8_388_608;
/** Bulk bytes on their way to one peer before we wait for its socket to drain. */
export const bulkWindowBytes = 524_288;
/** A full queue that has not moved for so long belongs to a slow consumer. */
export const slowPeerMs = 5_000;

/** From accept to welcome. [WIRE 5.1] */
export const handshakeMs = 10_000;
/** Between pings. [WIRE 5.3] */
export const pingMs = 30_000;
/** Without a pong for so long, the connection is dropped. [WIRE 5.3] */
export const pongMs = 60_000;
/** At most one repeated clock in this time while ops of a peer wait. [WIRE 6] */
export const reclockMs = 10_000;
/** The time between repeated clocks doubles so often: what asking did not bring, it seldom will. */
export const reclockDoublingsMax = 5;

/** Ops that wait for an ancestor, from one source. */
export const pendingOpsMax = 1_000;
/** Bytes that wait for an ancestor, from one source. */
export const pendingBytesMax = 4_194_304;
/** Bytes that wait for an ancestor, from all sources together. */
export const pendingTotalBytesMax = 16_777_216;
/** An op that waited so long is dropped; it comes again with a later sync. */
export const pendingAgeMs = 600_000;
/** Refused ops remembered for `status`; the counter goes on. */
export const rejectionsKept = 100;

/** Ops in one transaction, and how long the first of them may wait for it. */
export const commitOpsMax = 1_000;
export const commitWaitMs = 5;

/** Backoff of the rendezvous client. */
export const backoffFirstMs = 1_000;
export const backoffCapMs = 30_000;
/** A connection that lived so long was healthy: the backoff starts again. */
export const healthyMs = 30_000;
/** Failures in a row from which the rendezvous client logs ERROR instead of WARN. */
export const rendezvousErrorThreshold = 10;

/** Connections that have not authenticated yet; the oldest makes room for a new one. */
export const strangersMax = 512;
/** Connections in all. */
export const connectionsMax = 2_048;
/** From SIGTERM to exit. */
export const shutdownMs = 5_000;
/** Length of a token text. [WIRE 1] */
export const tokenCharsMin = 16;
export const tokenCharsMax = 256;
