//! A function that does nothing with its batch, to measure the load generator and the Lambda
//! runtime alone.

use aws_lambda_events::sqs::SqsBatchResponse;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::de::IgnoredAny;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let handle = async |_: LambdaEvent<IgnoredAny>| Ok::<_, Error>(SqsBatchResponse::default());
    lambda_runtime::run(service_fn(handle)).await
}
