/** The document that describes the API. */
import { packageVersion } from "../../node/version.ts";
import { openApiOf } from "../openapi.ts";
import { route } from "../web.ts";

export const openApiRoutes = [
  route({
    method: "GET",
    url: "/api/v1/openapi.json",
    access: "viewer",
    tag: "node",
    summary: "This document",
    answers: { 200: { type: "object", additionalProperties: true } },
    handle: ({ routes }) => openApiOf(routes, packageVersion()),
  }),
];
