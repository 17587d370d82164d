/**
 * Where the nodes of a mesh stand in its picture: this one in the middle, the others on rings
 * around it. The same number of others always gives the same picture, so that nothing jumps while
 * figures change.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly centre: Point;
  /** One place for each other node, in order. */
  readonly places: readonly Point[];
}

/** Room for one name beside the next, along a ring and between rings. */
const spacing = { along: 132, between: 112 };
const margin = { x: 76, y: 44 };
/** A picture is wider than high; rings are ellipses. */
const flatness = 0.66;

export function layoutOf(others: number): Layout {
  const rings = ringsFor(others);
  const radius = (rings.length === 0 ? 0.5 : rings.length + 0.35) * spacing.between;
  const centre = { x: radius / flatness + margin.x, y: radius + margin.y };
  const places = rings.flatMap((count, at) => {
    const reach = (at + 1.35) * spacing.between;
    return Array.from({ length: count }, (_, index) => {
      // Every second ring is turned by half a place, so that its lines pass between the others.
      const turn = (index + (at % 2) / 2) / count;
      const angle = 2 * Math.PI * turn - Math.PI / 2;
      return {
        x: round(centre.x + (Math.cos(angle) * reach) / flatness),
        y: round(centre.y + Math.sin(angle) * reach),
      };
    });
  });
  return { width: round(2 * centre.x), height: round(2 * centre.y), centre, places };
}

/** How many stand on each ring, the innermost first. */
function ringsFor(others: number): readonly number[] {
  const rings: number[] = [];
  for (let left = others; left > 0;) {
    const around = (2 * Math.PI * (rings.length + 1.35) * spacing.between) / spacing.along;
    const count = Math.min(left, Math.max(1, Math.floor(around)));
    rings.push(count);
    left -= count;
  }
  return rings;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
