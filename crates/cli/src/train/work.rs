//! Tables on their way to a model.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use netsift::data::balance::Balance;
use netsift::data::explore::{LeakageCheck, says_who_or_when};
use netsift::data::split::Split;
use netsift::data::{DataError, Dataset, Plan, ReadReport, TableReader};
use netsift::flow::{Columns as FlowColumns, Profile};
use netsift::flow_rows;
use netsift::models::{About, Balancing, ModelError, Recipe, Trained, Trainer};

use super::{Train, told};
use crate::bar::Bar;
use crate::confusion;
use crate::failure::{Failure, tell, tell_table};
use crate::figures;
use crate::files::{Files, draft, interrupted};
use crate::interrupt::Interrupt;
use crate::output::{Output, STREAM, Target};
use crate::tables::asked::SplitBy;
use crate::tables::known::threads;
use crate::tables::{self, Columns, read};
use crate::terminal::printable;

/// Options that are of trees alone.
const RULES: &str = "--rules";
const GRAPHVIZ: &str = "--graphviz";

/// `KEY=VALUE`.
pub(super) fn parse_setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}

/// What is asked for, with the tables and the learners found.
pub(crate) struct Work {
    pub(crate) asked: Train,
    tables: Vec<PathBuf>,
    /// Those to test with, if they come from elsewhere.
    tests: Vec<PathBuf>,
    pub(crate) recipes: Vec<Recipe>,
    reader: TableReader,
}

/// Rows that were read and shared out.
pub(crate) struct Shared {
    pub(crate) train: Dataset,
    pub(crate) test: Option<Dataset>,
    read: ReadReport,
    /// What was read of those to test with, if they come from elsewhere.
    test_read: Option<ReadReport>,
    pub(crate) by: SplitBy,
}

/// Says what learns from rows that were read: what was asked for, or the best that was found in them.
pub(crate) type Choose<'a> = &'a dyn Fn(&Shared, &Arc<Interrupt>) -> Result<Vec<Recipe>, Failure>;

impl Work {
    pub(crate) fn of(asked: Train) -> Result<Self, Failure> {
        asked.columns.check_roles()?;
        asked.rows.balancing.check()?;
        let Columns { group, time, .. } = &asked.columns;
        if group.is_some() && time.is_some() && asked.rows.by.is_none() {
            return Err(Failure::GroupsAndTimes);
        }
        if asked.columns.label.is_none() && asked.columns.like.is_none() {
            return Err(Failure::Table(DataError::Unlabelled { what: "labels" }));
        }
        let recipes = asked.recipes()?;
        asked.check_tree(&recipes)?;
        let tables = read::found(&asked.tables)?;
        let tests = read::found(asked.rows.test.as_slice())?;
        let reader = asked.columns.reader(&asked.rows.cleaning, asked.threads)?;
        Ok(Self { asked, tables, tests, recipes, reader })
    }

    pub(crate) fn through(&self, choose: Choose<'_>) -> Result<(Trained, Shared), Failure> {
        let Train { output, card, export, rules, graphviz, .. } = &self.asked;
        let wanted = [
            ("--output", output),
            ("--card", card),
            ("--export", export),
            (RULES, rules),
            (GRAPHVIZ, graphviz),
        ];
        let wanted =
            wanted.into_iter().filter_map(|(option, path)| Some((option, draft(path.as_deref()?))));
        let inputs: Vec<PathBuf> = self.tables.iter().chain(&self.tests).cloned().collect();
        let files = Files::open(wanted, &inputs)?;
        let interrupt = Interrupt::watch(files.last_words());
        let interrupt = interrupt.inspect_err(|_| files.discard())?;
        let done = self.done(&files, &interrupt, choose);
        interrupt.see();
        let done = if interrupt.is_asked() { Err(interrupted()) } else { done };
        let (trained, shared) = done.inspect_err(|_| files.discard())?;
        files.finish()?;
        self.tell(&trained)?;
        Ok((trained, shared))
    }

    /// Everything up to the names of files.
    fn done(
        &self,
        files: &Files,
        interrupt: &Arc<Interrupt>,
        choose: Choose<'_>,
    ) -> Result<(Trained, Shared), Failure> {
        let (data, read) = read::read(&self.reader, &self.tables)?;
        if data.rows() == 0 {
            return Err(Failure::NoRows { lost: tables::told::lost(&read) });
        }
        let data = self.without_identity(data)?;
        let profile = self.profile(&read);
        self.check_timeouts(profile)?;
        let profile = self.takes_captures(&data, profile)?;
        let shared = self.shared(data, read)?;
        self.tell_found(&shared)?;
        let recipes = choose(&shared, interrupt)?;
        let about = self.about(&shared, profile)?;
        let bar = Bar::new(interrupt, self.asked.quiet);
        let trained = self.trained(recipes, &shared, about, &bar)?;
        let write = |option: &str, write: &dyn Fn(&mut dyn Write) -> Result<(), ModelError>| {
            let Some((draft, mut out)) = files.of(option) else { return Ok(()) };
            write(&mut out).map_err(|error| match error {
                ModelError::Export(source) => draft.failure(source),
                error => Failure::Model(error),
            })
        };
        let bundle = &trained.bundle;
        write("--output", &|out| bundle.save(out).map(drop))?;
        let text = |option: &str, text: &dyn Fn() -> Option<String>| {
            write(option, &|out| {
                let text = text().unwrap_or_default();
                out.write_all(text.as_bytes()).map_err(ModelError::Export)
            })
        };
        let names: Vec<&str> = bundle.preparation().output().names().collect();
        text("--card", &|| Some(bundle.card()))?;
        text(RULES, &|| bundle.model().rules(&names, None))?;
        text(GRAPHVIZ, &|| bundle.model().graphviz(&names, None))?;
        write("--export", &|out| bundle.to_json(out))?;
        Ok((trained, shared))
    }

    /// How flows were read: as was said, or as all columns of a profile tell.
    fn profile(&self, read: &ReadReport) -> Option<Profile> {
        match self.asked.flows.profile {
            Some(profile) => profile.profile(),
            None => flow_rows::profile_of(read.columns.iter().map(|column| column.name.as_str())),
        }
    }

    /// Refuses timeouts of flows that have none, or are none.
    fn check_timeouts(&self, profile: Option<Profile>) -> Result<(), Failure> {
        let flows = &self.asked.flows;
        let options = [
            ("--idle-timeout", flows.idle_timeout.is_some()),
            ("--active-timeout", flows.active_timeout.is_some()),
        ];
        let Some((option, _)) = options.into_iter().find(|(_, is_given)| *is_given) else {
            return Ok(());
        };
        match profile {
            Some(Profile::Native) => Ok(()),
            Some(profile) => Err(Failure::NotOfProfile { option, profile: profile.name() }),
            None => Err(Failure::NoProfile { option }),
        }
    }

    /// What says who took part or when is not learned from, unless it was asked for by name.
    fn without_identity(&self, data: Dataset) -> Result<Dataset, Failure> {
        if !self.asked.columns.keep.is_empty() {
            return Ok(data);
        }
        let says_who = |name: &&str| flow_rows::says_who(name) || says_who_or_when(name);
        let left_out: Vec<String> =
            data.schema().names().filter(says_who).map(str::to_owned).collect();
        if !left_out.is_empty() && !self.asked.quiet {
            let names = left_out.join(", ");
            tell(&format!(
                "not learned from, since they say who or when (--keep learns from what it names): \
                 {}",
                printable(&names)
            ));
        }
        data.without(left_out.iter().map(String::as_str)).map_err(Failure::Table)
    }

    /// How flows were read, if flows of a capture can be asked about: they have all that is learned from.
    fn takes_captures(
        &self,
        data: &Dataset,
        profile: Option<Profile>,
    ) -> Result<Option<Profile>, Failure> {
        let Some(profile) = profile else { return Ok(None) };
        let lacking = flow_rows::lacking(profile, data.schema().names());
        if lacking.is_empty() {
            return Ok(Some(profile));
        }
        let names = lacking.into_iter().map(Box::from).collect();
        let missing = DataError::MissingColumns { names };
        let missing = Failure::NoCaptures { profile, missing };
        if self.asked.flows.profile.is_some() {
            return Err(missing);
        }
        if !self.asked.quiet {
            tell(&missing.to_string());
        }
        Ok(None)
    }

    fn shared(&self, data: Dataset, read: ReadReport) -> Result<Shared, Failure> {
        let rows = &self.asked.rows;
        let by = rows.by.unwrap_or_else(|| SplitBy::usual(&data));
        if rows.test.is_some() {
            let (test, test_read) = read::read(&self.reader, &self.tests)?;
            if test.rows() == 0 {
                return Err(Failure::NoRows { lost: tables::told::lost(&test_read) });
            }
            let test_read = Some(test_read);
            return Ok(Shared { train: data, test: Some(test), read, test_read, by });
        }
        let trainer = self.trainer(self.recipes.clone(), by).test_share(rows.test_size);
        let parts = trainer.parts(&data).map_err(in_split)?;
        Ok(Shared { train: parts.0, test: parts.1, read, test_read: None, by })
    }

    fn trainer(&self, recipes: Vec<Recipe>, by: SplitBy) -> Trainer<'_> {
        let share = if self.asked.rows.test.is_some() { 0.0 } else { self.asked.rows.test_size };
        Trainer::new(recipes).split(self.split(by)).test_share(share)
    }

    pub(crate) fn split(&self, by: SplitBy) -> Split {
        by.split(self.asked.seed, true).allow_rare(true)
    }

    /// These learners on the rows that were shared out.
    pub(crate) fn trained(
        &self,
        recipes: Vec<Recipe>,
        shared: &Shared,
        about: About,
        bar: &Bar,
    ) -> Result<Trained, Failure> {
        let started = Instant::now();
        let clock = || started.elapsed();
        let balance = self.balance();
        let mut trainer = self
            .trainer(recipes, shared.by)
            .plans(self.plans())
            .balance(self.balancing(balance.as_deref()))
            .about(about)
            .threads(self.threads())
            .watched(bar)
            .clock(&clock);
        if let Some(folds) = self.asked.rows.cv {
            trainer = trainer.folds(folds);
        }
        let trained = trainer.train_on(&shared.train, shared.test.as_ref());
        bar.clear();
        Ok(trained?)
    }

    pub(crate) fn threads(&self) -> usize {
        threads(self.asked.threads)
    }

    /// How rows are made more or fewer, if they are.
    pub(crate) fn balance(&self) -> Option<Box<dyn Balance>> {
        self.asked.rows.balancing.way(self.asked.seed)
    }

    /// What is done about classes of very different sizes, with the [balance](Self::balance) that holds what it needs.
    pub(crate) fn balancing<'a>(&self, balance: Option<&'a dyn Balance>) -> Balancing<'a> {
        match balance {
            _ if self.asked.rows.weigh_classes => Balancing::Weights,
            Some(way) => Balancing::Rows(way),
            None => Balancing::None,
        }
    }

    pub(crate) fn plans(&self) -> Vec<Plan> {
        let map = self.asked.steps.label_map().map(Plan::from);
        map.into_iter().chain(self.asked.steps.plans()).collect()
    }

    fn about(&self, shared: &Shared, profile: Option<Profile>) -> Result<About, Failure> {
        let names = |read: &ReadReport| {
            let names: Vec<&str> = read.tables.iter().map(|table| table.name.as_str()).collect();
            names.join(", ")
        };
        let about = About::new().note("tables", names(&shared.read));
        let about = match &shared.test_read {
            Some(read) => about.note("tables to test with", names(read)),
            None => about,
        };
        let about = about.date(jiff::Timestamp::now().strftime("%F").to_string());
        let Some(profile) = profile else { return Ok(about) };
        let flows = &self.asked.flows;
        let config = FlowColumns::all(profile).config();
        let config = match flows.idle_timeout {
            Some(idle) => config.idle_timeout(idle).map_err(Failure::Flows)?,
            None => config,
        };
        let config = match flows.active_timeout {
            Some(active) => config.active_timeout(active).map_err(Failure::Flows)?,
            None => config,
        };
        let units = flow_rows::units(profile);
        let about = units.fold(about, |about, (name, unit)| about.unit(name, unit));
        Ok(about.flows(flow_rows::facts_of(&config)))
    }

    /// What was read, and what would make judging the model a delusion.
    fn tell_found(&self, shared: &Shared) -> Result<(), Failure> {
        if self.asked.quiet {
            return Ok(());
        }
        for read in [Some(&shared.read), shared.test_read.as_ref()].into_iter().flatten() {
            tell_table(&tables::told::read(read));
            tables::told::defects(read).iter().for_each(tell_table);
        }
        if let Some(test) = &shared.test {
            let leakage = LeakageCheck::new().look(&shared.train, test).map_err(Failure::Table)?;
            tables::told::leaks(&leakage).iter().for_each(|line| tell(line));
        }
        Ok(())
    }

    /// What came of it, on standard output.
    fn tell(&self, trained: &Trained) -> Result<(), Failure> {
        if self.asked.quiet {
            return Ok(());
        }
        told::failures(trained).iter().for_each(|line| tell(line));
        told::unbalanced(trained).iter().for_each(|line| tell(line));
        told::unconverged(trained).iter().for_each(|line| tell(line));
        let facts = trained.bundle.facts();
        tell(&match &facts.about.flows {
            Some(flows) => format!("it takes captures, read with the profile {}", flows.profile),
            None => {
                "it takes tables, and no captures: no flow profile is known of its rows".to_owned()
            }
        });
        let (judged, what) = match &facts.test {
            Some(test) => (test, "test"),
            None => (&facts.train, "train"),
        };
        let rows = format!("{} rows to {what} with", figures::grouped(judged.rows));
        let importances = told::importances(trained).map(|table| table.to_string());
        let text = format!(
            "{}{}{}",
            told::models(trained),
            importances.unwrap_or_default(),
            confusion::shown(&judged.report.confusion, &rows),
        );
        Output::open(Target::of(STREAM.as_ref()))?.write(text.as_bytes())
    }
}

impl Train {
    /// The settings that were asked for, and no search is to change.
    pub(crate) fn fixed(&self) -> impl Iterator<Item = &str> {
        self.model.set.iter().map(|(name, _)| name.as_str())
    }

    /// Refuses to draw what is no tree.
    fn check_tree(&self, recipes: &[Recipe]) -> Result<(), Failure> {
        let options = [(RULES, &self.rules), (GRAPHVIZ, &self.graphviz)];
        let asked = options.into_iter().find(|(_, path)| path.is_some());
        let is_tree = |recipe: &Recipe| matches!(recipe, Recipe::DecisionTree(_));
        match asked {
            Some((option, _)) if !recipes.iter().all(is_tree) => {
                Err(Failure::NotOfModel { option })
            }
            _ => Ok(()),
        }
    }

    /// What is to learn, set as was asked for.
    fn recipes(&self) -> Result<Vec<Recipe>, Failure> {
        let names = &self.model.model;
        let recipes = match names.as_slice() {
            [] => vec![Recipe::default()],
            names => Recipe::among(names)?,
        };
        let recipes = recipes.into_iter().map(|recipe| recipe.seeded(self.seed));
        let mut recipes: Vec<Recipe> = recipes.collect::<Result<_, _>>()?;
        for (name, value) in &self.model.set {
            set(&mut recipes, name, value)?;
        }
        Ok(recipes)
    }
}

/// Of several learners, those that have such a setting get it; one that does not have it says so.
fn set(recipes: &mut [Recipe], name: &str, value: &str) -> Result<(), Failure> {
    if let [recipe] = recipes {
        return Ok(recipe.set(name, value)?);
    }
    if !recipes.iter().any(|recipe| recipe.has(name)) {
        let mut known: Vec<&'static str> =
            recipes.iter().flat_map(Recipe::parameters).map(|parameter| parameter.name).collect();
        known.sort_unstable();
        known.dedup();
        return Err(Failure::UnknownSetting { name: name.to_owned(), known });
    }
    let mut having = recipes.iter_mut().filter(|recipe| recipe.has(name));
    Ok(having.try_for_each(|recipe| recipe.set(name, value))?)
}

fn in_split(error: ModelError) -> Failure {
    match error {
        ModelError::Data(source) => Failure::Step { option: "--test-size", source },
        error => Failure::Model(error),
    }
}
