/** A customer's record, made or changed by hand: checked by the server field by field before it is kept. */

import { ArrowLeftOutlined } from "@ant-design/icons";
import { App, Button, Form, Input, InputNumber, Select, Spin, Switch } from "antd";
import { useState } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { codeOf } from "../api/refusals";
import { Problem } from "../api/client";
import { records } from "../api/records";
import type { CustomerFile, RecordCheck } from "../api/types";
import { phoneNumber } from "../format/figures";
import { isTextKey } from "../i18n";
import { draftOf, type FormDraft, newDraft, type Said, sent } from "../state/recordDraft";
import { problemText, useConsole, useLoaded, useText } from "../ui/context";
import { languageName } from "../ui/names";
import { OrganisationChoice } from "../ui/customer/OrganisationChoice";

export function NewRecord() {
  const { language } = useText();
  const [asked] = useSearchParams();
  return <RecordForm file={null} initial={newDraft(asked.get("number") ?? "", language)} onReload={() => undefined} />;
}

export function ChangedRecord() {
  const { id = "" } = useParams();
  const { t } = useText();
  const file = useLoaded(`file ${id}`, () => records.file(id));
  return (
    <>
      {file.failed !== null && (
        <p className="card needs" role="alert">
          {t("error.load")} {file.failed}
        </p>
      )}
      {file.value === null && file.failed === null && <Spin className="starting" />}
      {file.value && (
        <RecordForm
          key={file.value.customer.version}
          file={file.value}
          initial={draftOf(file.value)}
          onReload={file.reload}
        />
      )}
    </>
  );
}

/** The field of the form that a fault of the server is about. */
const at = (field: string): keyof FormDraft => field as keyof FormDraft;

interface Props {
  file: CustomerFile | null;
  initial: FormDraft;
  onReload: () => void;
}

function RecordForm({ file, initial, onReload }: Props) {
  const { t, language } = useText();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const [form] = Form.useForm<FormDraft>();
  const [saving, setSaving] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const [meanwhile, setMeanwhile] = useState(false);
  const [same, setSame] = useState<RecordCheck["same"]>([]);
  const id = file?.customer.id ?? null;
  const back = id === null ? "/customers" : `/customers/${id}`;

  const keep = async (typed: FormDraft, despite: boolean) => {
    const draft = sent(typed);
    const check = await records.check(draft, id);
    form.setFields(check.faults.map((each) => ({ name: at(each.field), errors: [each[language]] })));
    if (check.faults.length > 0) {
      setRefused(t("record.faults", { count: check.faults.length }));
      form.scrollToField(at(check.faults[0]?.field ?? "name"));
      return;
    }
    const known = new Set(file?.customer.numbers);
    const others = check.same.filter((each) => !known.has(each.number));
    setSame(others);
    if (others.length > 0 && !despite) return;
    const kept = file
      ? await records.change(file.customer.id, file.customer.version, draft)
      : await records.make(draft);
    void message.success(t("record.saved", { name: kept.name }));
    await navigate(`/customers/${kept.id}`);
  };

  const save = async (despite: boolean) => {
    setSaving(true);
    setRefused(null);
    try {
      await keep({ ...initial, ...(form.getFieldsValue(true) as Partial<FormDraft>) }, despite);
    } catch (error) {
      setMeanwhile(error instanceof Problem && codeOf(error.kind) === "record");
      setRefused(problemText(error, t));
    }
    setSaving(false);
  };

  return (
    <div className="page record-page">
      <p>
        <Link to={back}>
          <ArrowLeftOutlined /> {file ? file.customer.name : t("theory.back")}
        </Link>
      </p>
      <h1>{file ? t("record.changeOf", { name: file.customer.name }) : t("record.new")}</h1>
      <Form
        form={form}
        layout="vertical"
        initialValues={initial}
        requiredMark={false}
        onFinish={() => void save(false)}
        className="record-form"
      >
        <Fields file={file} initial={initial} />
        {refused !== null && !meanwhile && (
          <p className="needs" role="alert">
            {refused}
          </p>
        )}
        {meanwhile && (
          <p className="needs" role="alert">
            {t("record.meanwhile")}{" "}
            <Button
              onClick={() => {
                setMeanwhile(false);
                onReload();
              }}
            >
              {t("record.reload")}
            </Button>
          </p>
        )}
        {same.length > 0 && (
          <div className="card record-same" role="alert">
            {same.map((each) => (
              <p key={`${each.id} ${each.number}`}>
                {t("record.same", { name: each.name, number: phoneNumber(each.number) })}{" "}
                <Link to={`/customers/${each.id}`}>{t("record.same.open")}</Link>
              </p>
            ))}
            <Button loading={saving} onClick={() => void save(true)}>
              {t("record.same.keep")}
            </Button>
          </div>
        )}
        <div className="record-acts">
          <Button type="primary" htmlType="submit" loading={saving} disabled={meanwhile}>
            {t("record.save")}
          </Button>
          <Button onClick={() => void navigate(back)}>{t("record.cancel")}</Button>
        </div>
      </Form>
    </div>
  );
}

function Fields({ file, initial }: { file: CustomerFile | null; initial: FormDraft }) {
  const { t } = useText();
  const { catalogue } = useConsole();
  const many = (name: "numbers" | "emails" | "external_ids" | "tags", label: string, help?: string) => (
    <Form.Item name={name} label={label} extra={help}>
      <Select mode="tags" open={false} suffix={null} tokenSeparators={[",", ";"]} />
    </Form.Item>
  );
  return (
    <>
      <fieldset className="card">
        <legend>{t("record.who")}</legend>
        <Form.Item name="name" label={t("record.name")}>
          <Input maxLength={200} autoFocus={file === null} />
        </Form.Item>
        <Form.Item name="kind" label={t("customer.kind")}>
          <Select
            options={(["person", "company"] as const).map((value) => ({ value, label: t(`customer.${value}`) }))}
          />
        </Form.Item>
        <OrganisationChoice known={file?.organisation ?? null} />
        <Form.Item name="company" label={t("customer.company")}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="city" label={t("customer.city")}>
          <Input maxLength={100} />
        </Form.Item>
      </fieldset>
      <fieldset className="card">
        <legend>{t("record.reach")}</legend>
        {many("numbers", t("customer.numbers"), t("record.numbers.help"))}
        {many("emails", t("customer.emails"), t("record.emails.help"))}
        {many("external_ids", t("record.external"), t("record.external.help"))}
      </fieldset>
      <fieldset className="card">
        <legend>{t("record.service")}</legend>
        <Form.Item name="language" label={t("customer.language")}>
          <Select options={["en", "zh"].map((value) => ({ value, label: languageName(value, t) }))} />
        </Form.Item>
        <Form.Item name="preferred_agent" label={t("record.agent")}>
          <Select
            allowClear
            showSearch={{ optionFilterProp: "label" }}
            placeholder={t("record.agent.none")}
            options={(catalogue?.agents ?? []).map((each) => ({ value: each.id, label: each.name }))}
          />
        </Form.Item>
        <Form.Item name="products" label={t("record.products")}>
          <InputNumber min={0} max={1000} precision={0} />
        </Form.Item>
        <Form.Item name="contract_until" label={t("record.contract")}>
          <Input type="date" />
        </Form.Item>
        {many("tags", t("customer.tags"))}
        <Form.Item name="notes" label={t("customer.notes")} className="wide">
          <Input.TextArea rows={3} maxLength={100000} />
        </Form.Item>
      </fieldset>
      <Allowed initial={initial} />
    </>
  );
}

function Allowed({ initial }: { initial: FormDraft }) {
  const { t } = useText();
  return (
    <fieldset className="card">
      <legend>{t("record.allowed")}</legend>
      {Object.entries(initial.consents).map(([purpose, before]) => {
        const key = `record.consent.${purpose}`;
        const words: Said[] = before === "none" ? ["none", "yes", "no"] : ["yes", "no"];
        return (
          <Form.Item key={purpose} name={["consents", purpose]} label={isTextKey(key) ? t(key) : purpose}>
            <Select options={words.map((value) => ({ value, label: t(`record.said.${value}`) }))} />
          </Form.Item>
        );
      })}
      <Form.Item
        name="no_profiling"
        label={t("record.profiling")}
        extra={t("record.profiling.help")}
        valuePropName="checked"
      >
        <Switch />
      </Form.Item>
    </fieldset>
  );
}
