import Logging
import Metrics
import Tracing
