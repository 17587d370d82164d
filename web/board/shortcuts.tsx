/** The keys of the board, on `?`. */
import { Dialog } from "../ui/dialog.tsx";
import "./shortcuts.css";

const walking = [
  [["↑", "↓", "←", "→"], "Walk over cards and columns"],
  [["Home", "End"], "First and last card of the column"],
  [["Enter"], "Open the card"],
  [["/"], "Search"],
  [["?"], "This list"],
] as const;

const changing = [
  [["Space"], "Lift the card; arrows choose the stage, Space puts it down, Esc cancels"],
  [["M"], "Menu of the card, with all stages"],
  [["E"], "Edit the title"],
  [["P"], "Set the priority"],
  [["L"], "Edit the labels"],
  [["N"], "New item in the column"],
] as const;

export interface ShortcutsProps {
  readonly canEdit: boolean;
  readonly onClose: () => void;
}

export function Shortcuts({ canEdit, onClose }: ShortcutsProps) {
  const rows = canEdit ? [...walking, ...changing] : walking;
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <dl className="shortcuts">
        {rows.map(([keys, words]) => (
          <div key={words} className="shortcut">
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
