/** The node itself: status, peers. */
import { peerDto, statusDto } from "../dto/status.ts";
import { peerSchema, statusSchema } from "../schemas/status.ts";
import { list } from "../schemas/parts.ts";
import { route } from "../web.ts";

export const nodeRoutes = [
  route({
    method: "GET",
    url: "/api/v1/status",
    access: "viewer",
    tag: "node",
    summary: "The node, its peers, and what needs attention",
    answers: { 200: statusSchema },
    handle: ({ web: { host } }) => statusDto(host.node.status()),
  }),
  route({
    method: "GET",
    url: "/api/v1/peers",
    access: "viewer",
    tag: "node",
    summary: "Nodes that are connected, dialled or trusted",
    answers: { 200: list(peerSchema) },
    handle: ({ web: { host } }) => host.node.peers().map(peerDto),
  }),
];
