/** What two policies have differently, and the versions there are. */

import { Button, Drawer, Spin } from "antd";
import { useState } from "react";
import { loyalty } from "../../api/loyalty";
import type { Difference, PolicySheet, PolicyVersion } from "../../api/types";
import { dateTime } from "../../format/figures";
import type { Translate } from "../../i18n";
import { nameOf, valueText } from "../../state/policy";
import { useLoaded, useText } from "../context";

export function Differences({
  differences,
  sheet,
  onUndo,
}: {
  differences: readonly Difference[];
  sheet: PolicySheet;
  onUndo?: (path: string) => void;
}) {
  const { t, language } = useText();
  return (
    <table className="plain differences">
      <thead>
        <tr>
          <th scope="col">{t("policy.parameter")}</th>
          <th scope="col">{t("policy.before")}</th>
          <th scope="col">{t("policy.after")}</th>
          {onUndo && <td />}
        </tr>
      </thead>
      <tbody>
        {differences.map((each) => (
          <tr key={each.path}>
            <th scope="row">{nameOf(each.path, sheet, language, t, differences)}</th>
            <td>
              {valueText(each.before, t)} {each.inherited === "before" && <Inherited />}
            </td>
            <td className="strong">
              {valueText(each.after, t)} {each.inherited === "after" && <Inherited />}
            </td>
            {onUndo && (
              <td>
                <Button
                  size="small"
                  aria-label={`${t("policy.undo")}: ${nameOf(each.path, sheet, language, t, differences)}`}
                  onClick={() => onUndo(each.path)}
                >
                  {t("policy.undo")}
                </Button>
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** On this side the queue has no value of its own. */
function Inherited() {
  const { t } = useText();
  return <span className="quiet small">{t("policy.inherited")}</span>;
}

export function versionText(version: PolicyVersion, t: Translate, language: "en" | "zh"): string {
  return t("policy.version", {
    version: version.version,
    author: version.version === 0 ? t("policy.shipped") : version.author,
    date: version.dated > 0 ? dateTime(version.dated, language) : "–",
  });
}

export function Versions({ open, sheet, onClose }: { open: boolean; sheet: PolicySheet; onClose: () => void }) {
  const { t } = useText();
  return (
    <Drawer open={open} onClose={onClose} size={720} title={t("policy.history")} destroyOnHidden>
      <VersionList sheet={sheet} />
    </Drawer>
  );
}

function VersionList({ sheet }: { sheet: PolicySheet }) {
  const { t, language } = useText();
  const versions = useLoaded(`versions ${sheet.version.version}`, () => loyalty.versions());
  const [compared, setCompared] = useState<number | null>(null);
  if (versions.failed !== null) return <p className="needs">{versions.failed}</p>;
  if (versions.value === null) return <Spin />;
  return (
    <ol className="versions">
      {versions.value.map((each) => (
        <li key={each.version}>
          <strong>{versionText(each, t, language)}</strong>
          {each.note && <p>{each.note}</p>}
          {each.version !== sheet.version.version && (
            <Button
              size="small"
              aria-expanded={compared === each.version}
              onClick={() => setCompared(compared === each.version ? null : each.version)}
            >
              {t("policy.compare")}
            </Button>
          )}
          {compared === each.version && <Compared version={each.version} sheet={sheet} />}
        </li>
      ))}
    </ol>
  );
}

function Compared({ version, sheet }: { version: number; sheet: PolicySheet }) {
  const { t } = useText();
  const to = sheet.version.version;
  const found = useLoaded(`differences ${version} ${to}`, () => loyalty.differences(version, to));
  if (found.failed !== null) return <p className="needs">{found.failed}</p>;
  if (found.value === null) return <Spin />;
  if (found.value.length === 0) return <p className="quiet">{t("policy.same")}</p>;
  return <Differences differences={found.value} sheet={sheet} />;
}
