/** A note about the customer for whoever talks to him next; it stands in the timeline under its author's name. */

import { Button, Input } from "antd";
import { useState } from "react";
import { records } from "../../api/records";
import { useAct, useText } from "../context";

export function NoteForm({ customer, onWritten }: { customer: string; onWritten: () => void }) {
  const { t } = useText();
  const act = useAct();
  const [text, setText] = useState("");
  const [saving, setSaving] = useState(false);
  const write = async () => {
    setSaving(true);
    if (await act(() => records.addNote(customer, text.trim()))) {
      setText("");
      onWritten();
    }
    setSaving(false);
  };
  return (
    <form
      className="card note-form"
      aria-label={t("record.note.add")}
      onSubmit={(event) => {
        event.preventDefault();
        void write();
      }}
    >
      <Input.TextArea
        aria-label={t("record.note.text")}
        placeholder={t("record.note.text")}
        value={text}
        rows={2}
        maxLength={4000}
        onChange={(event) => setText(event.target.value)}
      />
      <Button htmlType="submit" loading={saving} disabled={text.trim() === ""}>
        {t("record.note.add")}
      </Button>
    </form>
  );
}
