/** The process of one node under measurement: takes calls from the benchmark and answers them. */
import { answerCalls } from "./call-process.ts";
import { handlers } from "./measured-node.ts";

answerCalls(handlers);
