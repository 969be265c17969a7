//! How AWS is reached.

use std::env;

use anyhow::{Result, bail};
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use clap::Args;

/// The AWS settings on the command line, which replace those in the environment and in AWS's files.
#[derive(Debug, Args)]
pub struct AwsSettings {
    /// On AWS: use the credentials and settings of this profile, also instead of credentials in the
    /// environment.
    #[arg(long, global = true, value_name = "NAME")]
    profile: Option<String>,
    /// On AWS: the region of the table and the queues.
    #[arg(long, global = true, value_name = "REGION")]
    region: Option<String>,
}

/// The settings of the SDK, and what an error about AWS says about them.
pub struct AwsAccess {
    /// The settings.
    pub config: SdkConfig,
    /// The region and the profile, as in `region eu-west-1, profile default`.
    pub described: String,
}

impl AwsSettings {
    /// Reads the environment and AWS's files as far as these settings leave something open.
    pub async fn load(&self) -> AwsAccess {
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = &self.profile {
            let credentials = ProfileFileCredentialsProvider::builder().profile_name(profile);
            loader = loader
                .profile_name(profile)
                .credentials_provider(credentials.build());
        }
        let config = loader.load().await;
        let region = match config.region() {
            Some(region) => format!("region {region}"),
            None => "no region".to_owned(),
        };
        let described = format!("{region}, profile {}", self.profile_name());
        AwsAccess { config, described }
    }

    fn profile_name(&self) -> String {
        let stated = self
            .profile
            .clone()
            .or_else(|| env::var("AWS_PROFILE").ok());
        stated.unwrap_or_else(|| "default".to_owned())
    }

    /// Returns an error if one of them is set and `is_needed` is not: nothing would use it.
    pub fn only_if(&self, is_needed: bool, named_by: &str) -> Result<()> {
        if !is_needed && (self.profile.is_some() || self.region.is_some()) {
            bail!("--profile and --region are for AWS, and this asks a `roster up`; {named_by}");
        }
        Ok(())
    }
}
