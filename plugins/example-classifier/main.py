"""Classifies a list of numbers by its mean: one JSON document in, one out, in either mode."""

from orc_plugin import Failure, serve

MODEL_VERSION = "1.0.0"


def classify(document, context):
    features = document.get("features")
    if not features:
        raise Failure("No features provided")
    average = sum(features) / len(features)
    prediction, confidence = ("class_A", 0.95) if average > 2.0 else ("class_B", 0.87)
    return {
        "prediction": prediction,
        "confidence": confidence,
        "metadata": {"model_version": MODEL_VERSION, "features_count": len(features), "average_value": average},
    }


serve(classify)
