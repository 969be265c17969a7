//! The part of a project search that iterates over the user's organizations and teams.

use std::collections::VecDeque;

use futures::{StreamExt, TryStreamExt, stream};
use roster_domain::{Entity, ProjectId, Resource};
use roster_table::{Cursor, LISTS_AT_ONCE, Part, ReadError, Slice, TeamSide, membership};

use super::place::{Holder, HolderKind, SearchPlace};
use super::search_resource::ResourceCandidates;
use crate::limits;
use crate::viewer::READ_PROJECTS;

/// Number of a holder's projects in the first read. Roster's own: many holders are read
/// concurrently.
const FIRST_PROJECTS: u16 = 25;

/// Number of a holder's projects in each further read. Roster's own.
const MORE_PROJECTS: u16 = 100;

/// Number of holders in the first wave; each further wave doubles it.
const FIRST_HOLDERS: usize = 4;

/// A step of the iteration over the projects of several holders.
enum HolderStep {
    /// Decide on a project.
    Candidate(Holder, ProjectId),
    /// Read more of a holder's projects.
    More(Holder, Cursor),
    /// Continue with the next holder.
    End(Holder),
}

impl ResourceCandidates<'_, '_> {
    /// Iterates over the projects of the user's organizations or teams, and keeps the current
    /// position in `place`.
    pub async fn holders(
        &mut self,
        kind: HolderKind,
        place: &mut Option<SearchPlace>,
    ) -> Result<(), ReadError> {
        let list = kind.list(&self.user);
        let side = self.side(kind).await?;
        let mut from = None;
        if let Some(SearchPlace::Behind(holder, project)) = place.clone() {
            from = Cursor::behind(&list, &holder.place_of(&self.user));
            if let Some(cursor) = project.and_then(|project| holder.behind(&project)) {
                let granting = self.granting(vec![holder.clone()]).await?;
                let steps = granting
                    .into_iter()
                    .map(|one| HolderStep::More(one, cursor.clone()));
                self.follow(steps.collect(), side, place).await?;
                if self.is_full() {
                    return Ok(());
                }
                *place = Some(SearchPlace::Behind(holder, None));
            }
        }
        let mut wave = FIRST_HOLDERS;
        loop {
            let asked = Part {
                from,
                limit: u16::try_from(wave).ok(),
                absent: false,
            };
            let slice = self.viewer.reader.query(&list, asked).await?;
            from = slice.next;
            let listed = slice.records.iter();
            let listed: Vec<_> = listed.filter_map(|one| Holder::of(&one.entity)).collect();
            let last = listed.last().cloned();
            let granting = self.granting(listed).await?;
            let steps = self.first_projects(&granting).await?;
            self.follow(steps, side, place).await?;
            if self.is_full() {
                return Ok(());
            }
            if from.is_none() {
                *place = match kind {
                    HolderKind::Organizations => Some(SearchPlace::First(HolderKind::Teams)),
                    HolderKind::Teams => None,
                };
                return Ok(());
            }
            if let Some(last) = last {
                *place = Some(SearchPlace::Behind(last, None));
            }
            wave = (wave * 2).min(limits::CANDIDATES);
        }
    }

    /// Returns from which side to find out whether another of the user's teams works on the same
    /// project. Teams do not matter for organizations, whose roles take precedence.
    async fn side(&self, kind: HolderKind) -> Result<TeamSide, ReadError> {
        if kind == HolderKind::Organizations {
            return Ok(TeamSide::Neither);
        }
        let few = Part {
            from: None,
            limit: u16::try_from(limits::TEAMS_ASKED).ok(),
            absent: false,
        };
        let teams = self
            .viewer
            .reader
            .query(&kind.list(&self.user), few)
            .await?;
        Ok(match teams.next {
            None => TeamSide::User,
            Some(_) => TeamSide::Project,
        })
    }

    /// Returns the holders that may grant the user the permission on their projects.
    async fn granting(&mut self, holders: Vec<Holder>) -> Result<Vec<Holder>, ReadError> {
        let places = holders.iter().map(|holder| holder.place_of(&self.user));
        let places: Vec<_> = places.collect();
        let reader = &mut self.viewer.reader;
        reader.read(places).await?;
        reader.roles().await?;
        Ok(holders
            .into_iter()
            .filter(|holder| self.may_grant(holder))
            .collect())
    }

    fn may_grant(&self, holder: &Holder) -> bool {
        let snapshot = self.viewer.reader.snapshot();
        if !snapshot.is_effective(&holder.place_of(&self.user)) {
            return false;
        }
        if holder.kind() == HolderKind::Teams && self.permission.as_str() == READ_PROJECTS {
            return true;
        }
        let membership = membership(holder.organization(), &self.user);
        snapshot.role_grants(&membership, &self.permission)
    }

    /// Reads the first projects of all holders concurrently.
    async fn first_projects(&self, holders: &[Holder]) -> Result<VecDeque<HolderStep>, ReadError> {
        let reads: Vec<_> = holders
            .iter()
            .map(|holder| self.projects_of(holder, None, FIRST_PROJECTS))
            .collect();
        let steps: Vec<_> = stream::iter(reads)
            .buffered(LISTS_AT_ONCE)
            .try_collect()
            .await?;
        Ok(steps.into_iter().flatten().collect())
    }

    async fn projects_of(
        &self,
        holder: &Holder,
        from: Option<Cursor>,
        limit: u16,
    ) -> Result<Vec<HolderStep>, ReadError> {
        let part = Part {
            from,
            limit: Some(limit),
            absent: false,
        };
        let Slice { records, next, .. } =
            self.viewer.reader.query(&holder.projects(), part).await?;
        let projects = records
            .into_iter()
            .filter_map(|record| match record.entity {
                Entity::Project(project) | Entity::ProjectTeam { project, .. } => Some(project),
                _ => None,
            });
        let mut steps: Vec<_> = projects
            .map(|project| HolderStep::Candidate(holder.clone(), project))
            .collect();
        steps.push(match next {
            Some(cursor) => HolderStep::More(holder.clone(), cursor),
            None => HolderStep::End(holder.clone()),
        });
        Ok(steps)
    }

    /// Takes the steps in order until the limit is reached.
    async fn follow(
        &mut self,
        mut steps: VecDeque<HolderStep>,
        side: TeamSide,
        place: &mut Option<SearchPlace>,
    ) -> Result<(), ReadError> {
        let mut ready: usize = 0;
        while !self.is_full() {
            if ready == 0 {
                ready = self.read_on(&steps, side).await?;
            }
            match steps.pop_front() {
                None => return Ok(()),
                Some(HolderStep::End(holder)) => *place = Some(SearchPlace::Behind(holder, None)),
                Some(HolderStep::More(holder, cursor)) => {
                    let more = self
                        .projects_of(&holder, Some(cursor), MORE_PROJECTS)
                        .await?;
                    for step in more.into_iter().rev() {
                        steps.push_front(step);
                    }
                }
                Some(HolderStep::Candidate(holder, project)) => {
                    ready = ready.saturating_sub(1);
                    let resource = Resource::Project(project.clone());
                    let grant = self.grant(&resource);
                    let is_first = grant.is_some_and(|grant| holder.grants(&grant));
                    self.found.extend(is_first.then_some(resource));
                    *place = Some(SearchPlace::Behind(holder, Some(project)));
                }
            }
        }
        Ok(())
    }

    /// Reads the data needed to decide on the next candidates, up to the next [`HolderStep::More`],
    /// and returns the number of candidates that can be decided.
    async fn read_on(
        &mut self,
        steps: &VecDeque<HolderStep>,
        side: TeamSide,
    ) -> Result<usize, ReadError> {
        let wanted = (2 * (self.limit - self.found.len())).min(limits::CANDIDATES);
        let listed = steps
            .iter()
            .take_while(|step| !matches!(step, HolderStep::More(..)));
        let candidates = listed.filter_map(|step| match step {
            HolderStep::Candidate(_, project) => Some(Resource::Project(project.clone())),
            _ => None,
        });
        let candidates: Vec<_> = candidates.take(wanted).collect();
        if candidates.is_empty() {
            return Ok(0);
        }
        self.read_for(&candidates, side).await
    }
}
