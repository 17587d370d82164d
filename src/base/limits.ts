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

/** Ops of one page: 50 us for a signature are then a fraction of what the ops take. */
export const pageOpsMax = 1_000;
/** Bytes of a page when it is unpacked: one frame of ops, not what a bomb unfolds to. */
export const pageRawBytesMax = 1_310_720;
/** A page smaller than this is not compressed: zstd would take longer than it saves. */
export const pageRawBytesMin = 400;

/** Bytes of a frame before authentication: an auth frame takes under 2 KiB. [WIRE 5.1] */
export const strangerFrameBytesMax = 4_096;
/** Frames that a stranger may send before it is admitted; one is needed. */
export const strangerFramesMax = 8;
/** Bytes of any other frame. [WIRE 5] */
export const frameBytesMax = 1_048_576;
/** Bytes of bulk that we put into one frame: keeps a receiver's step to a few milliseconds. */
export const bulkFrameBytes = 65_536;
/** Ops that we load for one peer at a time. */
export const bulkPageOps = 256;
/** Op bytes of one frame in JSON, wherever it may end: twice that, with the members, is 1 MiB. */
export const bulkHardBytes = 327_680;
/** Ops of a page that is made for a peer, and of the first ones of a log: see `pageOpsFrom`. */
export const shortPageOps = 256;
/** Op bytes that we put into one page, where it may end. */
export const pageFillBytes = 262_144;
/** Ops kept one by one from which on the oldest are made into a page; the newest stay. */
export const sealedFromOps = 1_250;
/** So many of them that pages are made without rests. */
export const sealInHasteOps = 1_500;
/** From one step towards a page, of which there are twenty, to the next one otherwise. */
export const sealGapMs = 20;
/** Pages whose ops are kept in memory for reads: peers read at a few places at a time. */
export const unpackedPagesMax = 4;
/** Unused bytes of the database above which it is made smaller. */
export const unusedBytesMax = 1_048_576;
/** Op bytes of one page, wherever it may end: they fit a frame even when nothing compresses. */
export const pageHardBytes = 921_600;
/** A page that came with so many ops is kept as it is; of fewer, each is kept by itself. */
export const keptPageOpsMin = 256;
/** Bytes of pages that a peer may send before it is told of more. [V3] */
export const creditBytes = 2_097_152;
/** A peer is told of credit in steps of so many bytes. [V3] */
export const creditStepBytes = 262_144;
/** Bytes of entries in one frontier frame that we send. [V3] */
export const frontierFrameBytes = 65_536;
/** Heads, of all authors, that a peer may state: what it takes to keep 100,000 authors. [V3] */
export const peerHeadsMax = 100_000;
/** Ops that one locator names. [V3] */
export const locatorHeadsMax = 1_024;
/** Bytes of one sign of life. [V3] */
export const beatBytesMax = 4_096;
/** What a peer may ask for is told once in this time. [V3] */
export const repeatMs = 5_000;
/** From the last news to a look whether two nodes have come together. [V3] */
export const compareMs = 10_000;
/** The time between such looks doubles so often while they find the same. */
export const compareDoublingsMax = 5;
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
export const slowPeerMs = 10_000;

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

/** Writes wait so long after the start for a first peer to tell the own head. */
export const ownHeadMs = 2_000;
/** Writes wait so long for own ops that a peer claims to have and that are not here. */
export const ownClaimMs = 10_000;

/** Ops in one transaction. */
export const commitOpsMax = 1_000;
/** How long the first op of a transaction may wait for it. */
export const commitWaitMs = 5;

/** Bound of the first wait of the rendezvous client; it doubles. */
export const backoffFirstMs = 1_000;
/** Bound of every wait of the rendezvous client. */
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
/** Characters of a token text, at least. [WIRE 1] */
export const tokenCharsMin = 16;
/** Characters of a token text, at most. [WIRE 1] */
export const tokenCharsMax = 256;

/** Frames are taken in for so long in one turn of the event loop; then others have theirs. */
export const turnMs = 8;
/** Ops of a page that are taken in one turn of the event loop: of code not warm yet, a few ms. */
export const sliceOpsMax = 128;
/** Bytes of bodies after which such a slice ends. */
export const sliceBytesMax = 65_536;
/** A caller waits so long for a peer's word unless it says otherwise. */
export const waitMs = 10_000;
/** Peers that have gone and whose last word is remembered. */
export const statedPeersMax = 1_000;
/** Heads that the last words of peers that have gone name, together. */
export const statedHeadsMax = 100_000;
/** A write to test whether the disk takes writes again, after it was full. */
export const probeEveryMs = 2_000;
/** Ops on one page of history. */
export const historyPageMax = 200;
/** Notes of an item on one page, and with the item itself. */
export const notesPageMax = 50;
/** Ops looked at for one page of what one actor wrote; the page may then hold less. */
export const historyScanMax = 20_000;
/** Free bytes under which people are told before the disk is full. */
export const diskLowBytes = 268_435_456;
/** Runs looked at for one circle: those of one frame fit in. */
export const circleRunsMax = 512;
/** Ids remembered as invalid, so that what follows them is refused instead of waiting. */
export const refusedIdsMax = 10_000;
/** Ops of ours that the peer is known to have although it did not send them first. */
export const echoesMax = 4_096;
/** Fragments of one message; an honest peer sends one. Empty ones count too. [A5] */
export const fragmentsMax = 64;
/** Pieces in which one frame may arrive: 1 MiB in packets of 1 KiB. [A5] */
export const bufferedChunksMax = 1_024;
/** Pongs that wait for a slow reader; with more, ws drops the connection. [A7] */
export const pendingPongsMax = 60;
/** From our close frame to the end of the socket, whatever the other side does. */
export const closeMs = 2_000;
/** Bytes of the reason in a close frame. [RFC 6455 5.5] */
export const reasonBytesMax = 123;
/** From accept to the end of the headers. [A2] */
export const headersMs = 5_000;
/** Bytes of all headers of a request. They bound the number of headers as well. [A2] */
export const headerBytesMax = 8_192;
/** From the first byte of a request to its last, for peers that were admitted. */
export const requestMs = 30_000;
/** Between two looks for requests that are late. */
export const lateCheckMs = 1_000;
/** Frame headers, pings and a pong around the one frame that a stranger needs. */
export const strangerSlackBytes = 1_024;
/** Imported keys that are kept. Importing one costs a fifth of a verification, some KiB to keep. */
export const keysKeptMax = 4_096;

/** A lease that is shorter ends with any pause of a process. */
export const leaseMsMin = 100;
/** A lease that is longer keeps what a dead node held from everybody for over a month. */
export const leaseMsMax = 2_678_400_000;
/** How long the holder of a claim may be silent unless the claim says otherwise. */
export const leaseMs = 600_000;
/** How much longer others wait before they take over: longer than a dead line stays unnoticed. */
export const leaseGraceMs = 90_000;
/** How long an item that failed is left alone, the first time. */
export const retryWaitMs = 5_000;
/** Bound of that wait, which doubles with every further failure. */
export const retryWaitMsMax = 300_000;
/** Claims that one claim may say to follow: that which it takes over, and the greatest epoch. */
export const claimsAfterMax = 8;
/** Earlier moves that one move names; of more it names the latest. */
export const seenMovesMax = 64;
/** Of so many items that are equally due, each node begins with another one. */
export const spreadItems = 32;

/** Between the beats of a node that has nothing new to say. */
export const beatMs = 30_000;
/** Without a beat for so long a node is not shown as present: three may be lost. */
export const presenceMs = 100_000;
/** Beats of one node that are passed on in a burst; an item that changes hands takes one. */
export const beatBurst = 50;
/** Beats of one node that are passed on in the long run. */
export const beatsPerSecond = 5;
/** Nodes whose latest beat is kept. */
export const presenceNodesMax = 4_096;
/** Nodes whose name is kept for when they are away. */
export const namesKeptMax = 4_096;
/** Claims of which is kept when they were last named by a beat. */
export const worksHeardMax = 65_536;

/** Bytes of one file of output; then the next one is begun. */
export const outputFileBytes = 1_048_576;
/** Files of output that are kept of one item. */
export const outputFiles = 4;
/** Bytes of output that `show` prints, and that a failure quotes less of. */
export const outputTailBytes = 4_096;
/** Bytes of output that the reason of a failure quotes. */
export const reasonTailBytes = 400;
/** From SIGTERM to SIGKILL for a command that has to end. */
export const killAfterMs = 10_000;
/** Commands that one agent runs at a time. */
export const agentJobsMax = 64;
/** How long an agent waits before it looks again for work when it could not reach the node. */
export const agentRetryMs = 1_000;
/** Items whose folders an agent keeps; of more the oldest go. */
export const agentFoldersMax = 200;

/** Tokens for the HTTP API in one access.json. */
export const accessTokensMax = 256;
/** How long a code of `towline open` may wait for its browser. */
export const codeMs = 120_000;
/** Codes that wait; of more the oldest go. */
export const codesMax = 64;
/** A browser's session ends when it was not used for so long. */
export const sessionIdleMs = 43_200_000;
/** Browsers' sessions; of more, the one that was not used for the longest goes. */
export const sessionsMax = 256;
/** Failed attempts to get in, from one address, before the next ones are turned away. */
export const failuresMax = 20;
/** For so long from the first of them. */
export const failuresMs = 60_000;
/** Addresses of failed attempts that are remembered. */
export const failureAddressesMax = 4_096;
/** Bytes of a request to the HTTP API, imports excepted: an op and what is around it. */
export const apiBodyBytesMax = 262_144;
/** Bytes of an import over HTTP: it is held in memory while it is taken in, one at a time. */
export const apiImportBytesMax = 67_108_864;
/** A process whose event loop is so late is not well. */
export const loopLagMaxMs = 1_000;
/** Peers that have figures of their own in the metrics. */
export const metricPeersMax = 100;
/** Requests that are being answered when the node is asked to stop may go on for so long. */
export const drainMs = 2_000;
/** Items, or ops, on one page of the HTTP API. */
export const apiPageMax = 1_000;
/** Characters of a parameter in a path or a query. */
export const apiParamCharsMax = 512;
/** Clients that follow events: they hold seats of the listener. */
export const eventClientsMax = 512;
/** Of them with one session or token, so that none of these shuts out all others. */
export const eventClientsOfOneMax = 256;
/** Between two events about items: many changes come as one. */
export const eventEveryMs = 100;
/** Items in one event. */
export const eventItemsMax = 250;
/** A client that missed more items is told to load everything anew. */
export const eventBacklogMax = 20_000;
/** Touched items that are remembered for clients that are slow. */
export const eventRecentMax = 65_536;
/** Items whose JSON is kept for the next event. */
export const eventTextsMax = 4_096;
/** A client that takes nothing for so long is cut off. */
export const eventStallMs = 30_000;
/** Between two comments that keep a connection alive. */
export const eventBeatMs = 15_000;
/** Between two events about the status when nothing happens. */
export const eventStatusMs = 5_000;
/** Between two events about the status at least. */
export const eventStatusMinMs = 1_000;
/** Characters of an Idempotency-Key. */
export const idempotencyKeyCharsMax = 128;
/** Answers that are kept for requests that come again. */
export const idempotencyAnswersMax = 10_000;
/** Bytes of these answers. */
export const idempotencyBytesMax = 16_777_216;
/** How long such an answer is kept. */
export const idempotencyMs = 86_400_000;
