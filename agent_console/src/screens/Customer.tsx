/** The page of one customer: who it is, where the relationship stands and why, what to do, all that happened. */

import { ArrowLeftOutlined, EditOutlined, MergeOutlined } from "@ant-design/icons";
import { Button, Spin } from "antd";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { loyalty } from "../api/loyalty";
import type { Customer as Record, Theory } from "../api/types";
import { dateTime } from "../format/figures";
import { client, useConsole, useLoaded, useText } from "../ui/context";
import { CurveChart, IndexChart } from "../ui/customer/Charts";
import { Figures, Standing } from "../ui/customer/Figures";
import { PlaceCard } from "../ui/customer/PlaceCard";
import { MergeDialog } from "../ui/customer/MergeDialog";
import { MergedRecords } from "../ui/customer/MergedRecords";
import { NoteForm } from "../ui/customer/NoteForm";
import { RepairCard } from "../ui/customer/RepairCard";
import { Timeline } from "../ui/customer/Timeline";
import { WorthCard, WorthChart } from "../ui/customer/WorthCard";
import { CustomerRecord } from "../ui/CustomerRecord";
import { oversees } from "../ui/roles";
import { StoryDrawer } from "../ui/StoryDrawer";

export function Customer() {
  const { id = "" } = useParams();
  return <Page key={id} id={id} />;
}

function Page({ id }: { id: string }) {
  const { t } = useText();
  const { user } = useConsole();
  const record = useLoaded(`record ${id}`, () => client.customer(id));
  const theory = useLoaded(`theory ${id}`, () => loyalty.theory(id));
  const [open, setOpen] = useState<string | null>(null);
  const [notes, setNotes] = useState(0);
  const [merging, setMerging] = useState(false);
  const [changes, setChanges] = useState(0);
  const changed = () => {
    record.reload();
    theory.reload();
    setChanges((count) => count + 1);
  };
  return (
    <div className="page customer-page">
      <p>
        <Link to="/customers">
          <ArrowLeftOutlined /> {t("theory.back")}
        </Link>
      </p>
      {record.failed !== null && (
        <p className="card needs" role="alert">
          {record.failed}
        </p>
      )}
      {record.value === null && record.failed === null && <Spin className="starting" />}
      {record.value && (
        <>
          <Head
            record={record.value}
            theory={theory.value}
            failed={theory.failed}
            onMerge={oversees(user) ? () => setMerging(true) : null}
          />
          <div className="customer-columns">
            <div className="column">{theory.value && <Drawn theory={theory.value} />}</div>
            <div className="column">
              <MergedRecords key={`merges ${changes}`} customer={id} onSplit={changed} />
              <Cases key={`cases ${changes}`} customer={id} onChanged={theory.reload} />
              <NoteForm customer={id} onWritten={() => setNotes((count) => count + 1)} />
              <Timeline key={`${notes} ${changes}`} customer={id} onOpen={setOpen} />
            </div>
          </div>
        </>
      )}
      <StoryDrawer contact={open} onClose={() => setOpen(null)} />
      {merging && record.value && (
        <MergeDialog customer={record.value} onClose={() => setMerging(false)} onMerged={changed} />
      )}
    </div>
  );
}

interface HeadProps {
  record: Record;
  theory: Theory | null;
  failed: string | null;
  /** Null for who may not. */
  onMerge: (() => void) | null;
}

function Head({ record, theory, failed, onMerge }: HeadProps) {
  const { t, language } = useText();
  const profile = theory?.portrait.profile ?? null;
  return (
    <article className="card customer-top">
      <div>
        <div className="customer-head">
          <span className="avatar" aria-hidden>
            {record.name.slice(0, 1)}
          </span>
          <div>
            <h1>{record.name}</h1>
            {profile && <Standing profile={profile} />}
          </div>
          <span className="end head-acts">
            {onMerge && (
              <Button size="small" icon={<MergeOutlined />} onClick={onMerge}>
                {t("merge.open")}
              </Button>
            )}
            <Link to={`/customers/${record.id}/edit`}>
              <EditOutlined /> {t("record.change")}
            </Link>
          </span>
        </div>
        <CustomerRecord customer={record} />
        {profile && theory && (
          <p className="quiet small">
            {t("theory.asOf", { time: dateTime(profile.as_of, language), version: profile.policy })}
          </p>
        )}
      </div>
      <section aria-label={t("theory.title")}>
        {failed !== null && (
          <p className="needs" role="alert">
            {t("error.load")} {failed}
          </p>
        )}
        {theory === null && failed === null && <Spin />}
        {theory && <Figures portrait={theory.portrait} />}
      </section>
    </article>
  );
}

function Drawn({ theory }: { theory: Theory }) {
  const { profile } = theory.portrait;
  if (profile === null) return null;
  return (
    <>
      <CurveChart theory={theory} profile={profile} />
      <IndexChart profile={profile} />
      {theory.worth && <WorthCard worth={theory.worth} profile={profile} />}
      {theory.worth && profile.value !== null && <WorthChart worth={theory.worth} profile={profile} />}
      <PlaceCard theory={theory} profile={profile} />
    </>
  );
}

function Cases({ customer, onChanged }: { customer: string; onChanged: () => void }) {
  const { t } = useText();
  const cases = useLoaded(`cases ${customer}`, () => loyalty.repairs(customer));
  return (
    <section className="card" aria-label={t("repairs.title")}>
      <h2>{t("repairs.title")}</h2>
      {cases.failed !== null && <p className="needs">{cases.failed}</p>}
      {cases.value?.length === 0 && <p className="quiet">{t("repairs.noneOfCustomer")}</p>}
      <ul className="repairs">
        {(cases.value ?? []).map((each) => (
          <RepairCard
            key={each.case}
            repair={each}
            onChanged={() => {
              cases.reload();
              onChanged();
            }}
          />
        ))}
      </ul>
    </section>
  );
}
