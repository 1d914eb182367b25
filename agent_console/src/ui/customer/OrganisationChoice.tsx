/** Which organisation a customer belongs to: found by name, or added when there is none. */

import { Button, Form, Select } from "antd";
import { useState } from "react";
import { records } from "../../api/records";
import type { Organisation } from "../../api/types";
import type { FormDraft } from "../../state/recordDraft";
import { useAct, useLoaded, useText } from "../context";

export function OrganisationChoice({ known }: { known: Organisation | null }) {
  const { t } = useText();
  const form = Form.useFormInstance<FormDraft>();
  const act = useAct();
  const [search, setSearch] = useState("");
  const [made, setMade] = useState<Organisation[]>([]);
  const found = useLoaded(`organisations ${search}`, () => records.organisations(search));
  const all = [...(known ? [known] : []), ...made, ...(found.value ?? [])];
  const options = [...new Map(all.map((each) => [each.id, each.name]))].map(([value, label]) => ({ value, label }));
  const add = async () => {
    const organisation = await records.makeOrganisation(search.trim());
    setMade((before) => [...before, organisation]);
    form.setFieldValue("organisation", organisation.id);
    setSearch("");
  };
  return (
    <Form.Item name="organisation" label={t("record.organisation")}>
      <Select
        allowClear
        showSearch={{ filterOption: false, onSearch: setSearch, searchValue: search }}
        placeholder={t("record.organisation.find")}
        options={options}
        notFoundContent={
          <div className="record-add">
            <span className="quiet">{t("record.organisation.none")}</span>
            {search.trim() !== "" && (
              <Button size="small" onClick={() => void act(add)}>
                {t("record.organisation.make", { name: search.trim() })}
              </Button>
            )}
          </div>
        }
      />
    </Form.Item>
  );
}
