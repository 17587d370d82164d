/**
 * Carries a card with the mouse, a pen or a finger. A mouse lifts by moving a little, a finger by
 * resting, since moving scrolls. The card goes to whatever has `data-stage` under the pointer.
 */
import type { RefObject } from "react";
import { useEffect } from "react";
import type { StageName } from "../../src/client/item.ts";
import { stages } from "../../src/client/item.ts";

export interface DragHandlers {
  readonly onLift: (item: string, from: StageName) => void;
  readonly onOver: (stage: StageName | null) => void;
  readonly onDrop: (item: string, to: StageName) => void;
  readonly onCancel: () => void;
}

/** How far a mouse moves before it carries. */
const slopPx = 5;
/** How long a finger rests before it carries, and how far it may tremble meanwhile. */
const restMs = 280;
const tremblePx = 8;
/** From so near to the edge on, the columns scroll, by so much a frame. */
const edgePx = 56;
const stepPx = 14;

/** `board` holds the cards, `scroller` scrolls sideways. Without handlers nothing is carried. */
export function useDrag(
  board: RefObject<HTMLElement | null>,
  scroller: RefObject<HTMLElement | null>,
  handlers: DragHandlers | null,
): void {
  useEffect(() => {
    const element = board.current;
    if (element === null || handlers === null) return;
    let carry: Carry | null = null;
    const begin = (event: PointerEvent): void => {
      const card = cardUnder(event);
      if (card === null || carry !== null) return;
      carry = new Carry({ card, scroller, event, handlers, onEnd: () => (carry = null) });
    };
    // While a finger carries, the page must not scroll under it.
    const hold = (event: TouchEvent): void => {
      if (carry?.isLifted === true && event.cancelable) event.preventDefault();
    };
    const noMenu = (event: Event): void => {
      if (carry?.isTouch === true) event.preventDefault();
    };
    element.addEventListener("pointerdown", begin);
    element.addEventListener("touchmove", hold, { passive: false });
    element.addEventListener("contextmenu", noMenu);
    return () => {
      carry?.cancel();
      element.removeEventListener("pointerdown", begin);
      element.removeEventListener("touchmove", hold);
      element.removeEventListener("contextmenu", noMenu);
    };
  }, [board, scroller, handlers]);
}

function cardUnder(event: PointerEvent): HTMLElement | null {
  if (event.button !== 0 || !(event.target instanceof Element)) return null;
  if (event.target.closest("button, input, textarea, select") !== null) return null;
  return event.target.closest<HTMLElement>("[data-card]");
}

interface CarryStart {
  readonly card: HTMLElement;
  readonly scroller: RefObject<HTMLElement | null>;
  readonly event: PointerEvent;
  readonly handlers: DragHandlers;
  readonly onEnd: () => void;
}

/** One press of the pointer, from down to up; it becomes a drag, or not. */
class Carry {
  readonly isTouch: boolean;
  readonly #start: CarryStart;
  readonly #item: string;
  readonly #life = new AbortController();
  readonly #rest: ReturnType<typeof setTimeout> | null;
  #ghost: HTMLElement | null = null;
  #x: number;
  #y: number;
  #over: StageName | null = null;
  #frame = 0;

  constructor(start: CarryStart) {
    const { event, card } = start;
    this.#start = start;
    this.#item = card.dataset["card"] ?? "";
    this.#x = event.clientX;
    this.#y = event.clientY;
    this.isTouch = event.pointerType === "touch";
    this.#rest = this.isTouch ? setTimeout(() => this.#lift(), restMs) : null;
    const { signal } = this.#life;
    window.addEventListener("pointermove", (moved) => this.#move(moved), { signal });
    window.addEventListener("pointerup", (up) => this.#drop(up), { signal });
    window.addEventListener("pointercancel", () => this.cancel(), { signal });
    window.addEventListener("blur", () => this.cancel(), { signal });
    window.addEventListener("keydown", (key) => this.#key(key), { signal, capture: true });
  }

  get isLifted(): boolean {
    return this.#ghost !== null;
  }

  cancel(): void {
    if (this.isLifted) this.#start.handlers.onCancel();
    this.#end();
  }

  #move(event: PointerEvent): void {
    const { clientX, clientY } = this.#start.event;
    if (event.pointerId !== this.#start.event.pointerId) return;
    this.#x = event.clientX;
    this.#y = event.clientY;
    if (this.isLifted) return;
    const far = Math.hypot(this.#x - clientX, this.#y - clientY);
    if (this.isTouch && far > tremblePx) this.#end();
    if (!this.isTouch && far > slopPx) this.#lift();
  }

  #lift(): void {
    const { card, handlers, event } = this.#start;
    const from = stages.find((stage) => stage === stageOver(card));
    if (from === undefined) return;
    const box = card.getBoundingClientRect();
    const ghost = card.cloneNode(true) as HTMLElement;
    ghost.classList.add("card-ghost");
    ghost.removeAttribute("data-card");
    ghost.inert = true;
    ghost.classList.toggle("card-ghost-touch", this.isTouch);
    ghost.style.width = `${box.width}px`;
    ghost.style.height = `${box.height}px`;
    document.body.append(ghost);
    this.#ghost = ghost;
    const [left, top] = [box.left - event.clientX, box.top - event.clientY];
    const paint = (): void => {
      ghost.style.transform = `translate(${this.#x + left}px, ${this.#y + top}px)`;
      this.#scrollAtEdge();
      this.#lookBelow();
      this.#frame = requestAnimationFrame(paint);
    };
    handlers.onLift(this.#item, from);
    if (this.isTouch && "vibrate" in navigator) navigator.vibrate(10);
    paint();
  }

  #scrollAtEdge(): void {
    const columns = this.#start.scroller.current;
    if (columns === null) return;
    const { left, right } = columns.getBoundingClientRect();
    if (this.#x < left + edgePx) columns.scrollLeft -= stepPx;
    else if (this.#x > right - edgePx) columns.scrollLeft += stepPx;
  }

  #lookBelow(): void {
    const under = document.elementFromPoint(this.#x, this.#y);
    const name = under === null ? null : stageOver(under);
    const over = stages.find((stage) => stage === name) ?? null;
    if (over === this.#over) return;
    this.#over = over;
    this.#start.handlers.onOver(over);
  }

  #drop(event: PointerEvent): void {
    if (event.pointerId !== this.#start.event.pointerId) return;
    const { handlers } = this.#start;
    if (this.isLifted) {
      swallowClick();
      if (this.#over === null) handlers.onCancel();
      else handlers.onDrop(this.#item, this.#over);
    }
    this.#end();
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !this.isLifted) return;
    event.preventDefault();
    event.stopPropagation();
    this.cancel();
  }

  #end(): void {
    this.#life.abort();
    if (this.#rest !== null) clearTimeout(this.#rest);
    cancelAnimationFrame(this.#frame);
    this.#ghost?.remove();
    this.#ghost = null;
    this.#start.onEnd();
  }
}

function stageOver(element: Element): string | undefined {
  return element.closest<HTMLElement>("[data-stage]")?.dataset["stage"];
}

/** The pointer that lets go of a card on a link has not clicked the link. */
function swallowClick(): void {
  const swallow = (event: Event): void => {
    event.preventDefault();
    event.stopPropagation();
  };
  window.addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => window.removeEventListener("click", swallow, { capture: true }), 0);
}
