/** The loyalty policy, parameter by parameter: explained, checked as it is typed, previewed, saved as a version. */

import { App, Button, Collapse, Input, Spin } from "antd";
import { useState } from "react";
import { type Changes, loyalty } from "../api/loyalty";
import type { PolicySheet, PolicyValue, PolicyVersion } from "../api/types";
import { changed, grouped, undone } from "../state/policy";
import { useAct, useLoaded, useText } from "../ui/context";
import { Differences, Versions, versionText } from "../ui/policy/Differences";
import { GrowthActions } from "../ui/policy/GrowthActions";
import { PolicyPreview } from "../ui/policy/PolicyPreview";
import { PolicyRow } from "../ui/policy/PolicyRow";
import { StayOffers } from "../ui/policy/StayOffers";
import { TierTable } from "../ui/policy/TierTable";

export function PolicyEditor() {
  const { t } = useText();
  const newest = useLoaded("newest policy", async () => {
    const [version] = await loyalty.versions();
    return loyalty.sheet(version?.version ?? 0);
  });
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("policy.title")}</h1>
      </header>
      {newest.failed !== null && (
        <p className="needs" role="alert">
          {t("error.load")} {newest.failed}
        </p>
      )}
      {newest.value === null && newest.failed === null && <Spin />}
      {newest.value && <Editor key={newest.value.version.version} sheet={newest.value} onNewer={newest.reload} />}
    </div>
  );
}

function Editor({ sheet, onNewer }: { sheet: PolicySheet; onNewer: () => void }) {
  const { t, language } = useText();
  const [changes, setChanges] = useState<Changes>({});
  const [search, setSearch] = useState("");
  const [history, setHistory] = useState(false);
  const version = sheet.version.version;
  const check = useLoaded(`check ${version} ${JSON.stringify(changes)}`, () => loyalty.check(version, changes));
  const faults = check.value?.faults ?? [];
  const groups = grouped(sheet, search, language);
  const onChange = (path: string, value: PolicyValue) => setChanges((known) => changed(sheet, known, path, value));
  const shared = { sheet, changes, faults, onChange };
  return (
    <>
      <p className="quiet">{t("policy.lead")}</p>
      <div className="filters policy-bar">
        <strong>{versionText(sheet.version, t, language)}</strong>
        <Button onClick={() => setHistory(true)}>{t("policy.history")}</Button>
        <Input.Search
          aria-label={t("policy.search")}
          placeholder={t("policy.search")}
          value={search}
          allowClear
          onChange={(event) => setSearch(event.target.value)}
        />
      </div>
      <div className="policy-columns">
        <Collapse
          className="policy-groups"
          defaultActiveKey={["stage"]}
          {...(search.trim() ? { activeKey: groups.map(([group]) => group) } : {})}
          items={groups.map(([group, rows]) => ({
            key: group,
            label: `${t(`group.${group}`)} (${rows.length})`,
            children:
              group === "levers" ? (
                <TierTable rows={rows} onChanges={setChanges} {...shared} />
              ) : (
                <>
                  {rows.map((row) => (
                    <PolicyRow key={row.words.path} row={row} {...shared} />
                  ))}
                  {group === "value" && <GrowthActions sheet={sheet} changes={changes} onChanges={setChanges} />}
                  {group === "repair" && (
                    <StayOffers sheet={sheet} changes={changes} faults={faults} onChanges={setChanges} />
                  )}
                </>
              ),
          }))}
        />
        <aside className="card policy-side" aria-label={t("policy.changes")}>
          <h2>{t("policy.changes")}</h2>
          {Object.keys(changes).length === 0 && <p className="quiet">{t("policy.nothing")}</p>}
          {faults.length > 0 && (
            <p className="needs" role="alert">
              {t("policy.faults", { count: faults.length })}
            </p>
          )}
          {check.failed !== null && <p className="needs">{check.failed}</p>}
          {check.value && check.value.differences.length > 0 && (
            <Differences
              differences={check.value.differences}
              sheet={sheet}
              onUndo={(path) => setChanges((known) => undone(known, path))}
            />
          )}
          <PolicyPreview version={version} changes={changes} sound={check.value !== null && faults.length === 0} />
          <Saving
            version={sheet.version}
            changes={changes}
            sound={check.value !== null && faults.length === 0}
            onUndo={() => setChanges({})}
            onSaved={onNewer}
          />
        </aside>
      </div>
      <Versions open={history} sheet={sheet} onClose={() => setHistory(false)} />
    </>
  );
}

function Saving({
  version,
  changes,
  sound,
  onUndo,
  onSaved,
}: {
  version: PolicyVersion;
  changes: Changes;
  sound: boolean;
  onUndo: () => void;
  onSaved: () => void;
}) {
  const { t } = useText();
  const { message } = App.useApp();
  const act = useAct();
  const [note, setNote] = useState("");
  const some = Object.keys(changes).length > 0;
  const save = async () => {
    const saved = await loyalty.save(version.version, changes, note.trim());
    void message.success(t("policy.saved", { version: saved.version }));
    onSaved();
  };
  return (
    <form
      className="policy-saving"
      onSubmit={(event) => {
        event.preventDefault();
        void act(save);
      }}
    >
      <Input.TextArea
        aria-label={t("policy.note")}
        placeholder={t("policy.note")}
        value={note}
        rows={2}
        maxLength={1000}
        onChange={(event) => setNote(event.target.value)}
      />
      <div className="repair-acts">
        <Button type="primary" htmlType="submit" disabled={!some || !sound || note.trim() === ""}>
          {t("policy.save", { version: version.version + 1 })}
        </Button>
        <Button disabled={!some} onClick={onUndo}>
          {t("policy.undoAll")}
        </Button>
      </div>
    </form>
  );
}
