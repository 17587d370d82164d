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
  const places = ringsFor(others).flatMap((count, at) => {
    const reach = (at + 1.35) * spacing.between;
    return Array.from({ length: count }, (_, index) => {
      // Every second ring is turned by half a place, so that its lines pass between the others.
      const turn = (index + (at % 2) / 2) / count;
      const angle = 2 * Math.PI * turn + (others <= 2 ? 0 : -Math.PI / 2);
      return { x: (Math.cos(angle) * reach) / flatness, y: Math.sin(angle) * reach };
    });
  });
  return framed(places);
}

/** Moved so that the picture begins at 0 and ends behind the last name. */
function framed(places: readonly Point[]): Layout {
  const all = [{ x: 0, y: 0 }, ...places];
  const [left, right] = ends(all.map(({ x }) => x));
  const [top, bottom] = ends(all.map(({ y }) => y));
  const moved = ({ x, y }: Point): Point => ({
    x: round(x - left + margin.x),
    y: round(y - top + margin.y),
  });
  return {
    width: round(right - left + 2 * margin.x),
    height: round(bottom - top + 2 * margin.y),
    centre: moved({ x: 0, y: 0 }),
    places: places.map(moved),
  };
}

function ends(values: readonly number[]): readonly [least: number, greatest: number] {
  return [Math.min(...values), Math.max(...values)];
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
