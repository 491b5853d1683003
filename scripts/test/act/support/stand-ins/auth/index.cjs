console.log(`As ${process.env.INPUT_SERVICE_ACCOUNT} in ${process.env.INPUT_PROJECT_ID}`);
