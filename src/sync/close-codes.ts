/** The WebSocket close codes of the protocol, each with its meaning. [WIRE 5.2] */

export const closeCodes = {
  done: 1000,
  goingAway: 1001,
  tooBig: 1009,
  badMessage: 4400,
  notAuthenticated: 4401,
  revoked: 4403,
  handshakeTimeout: 4408,
  otherMesh: 4409,
  ownKey: 4410,
  noCommonVersion: 4426,
  tooFast: 4429,
  slowConsumer: 4499,
} as const;

export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes];

/** Why a connection is closed. For 4401 the reason never says more than that. */
export interface Closing {
  readonly code: CloseCode;
  readonly reason: string;
}

export const notAuthenticated: Closing = {
  code: closeCodes.notAuthenticated,
  reason: "not authenticated",
};

export function badMessage(reason: string): Closing {
  return { code: closeCodes.badMessage, reason };
}
